interface TrustedTypes {
  readonly trustedTypes?: {
    createPolicy(name: 'default', rules: { createScriptURL(url: string): string | null }): unknown;
  };
}

// Where a server asks for Trusted Types, the page's own workers are what may be started, and nothing else.
(globalThis as TrustedTypes).trustedTypes?.createPolicy('default', {
  createScriptURL: (url) => (new URL(url, location.href).origin === location.origin ? url : null),
});

export {};
