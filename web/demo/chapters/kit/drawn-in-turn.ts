import { LitElement } from 'lit';
import { ownTask } from './own-task.js';

/** An element whose first drawing has a task of its own. */
export class DrawnInTurn extends LitElement {
  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated) await ownTask();
    await super.scheduleUpdate();
  }
}
