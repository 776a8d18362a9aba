import 'headscope/element';
import './hs-page.js';
