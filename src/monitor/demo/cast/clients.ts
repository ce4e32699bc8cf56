/** The clients that play in the demo. */
export const DEMO_CLIENTS = [
  { id: 'desktop', name: 'claude-desktop', version: '1.9.2', protocolVersion: '2025-11-25', era: 'legacy' },
  { id: 'cursor', name: 'cursor', version: '2.4.0', protocolVersion: '2025-11-25', era: 'legacy' },
  { id: 'code', name: 'claude-code', version: '3.1.0', protocolVersion: '2026-07-28', era: 'modern' },
  { id: 'code-2', name: 'claude-code', version: '3.1.0', protocolVersion: '2026-07-28', era: 'modern' },
] as const;

export type DemoClientId = (typeof DEMO_CLIENTS)[number]['id'];
