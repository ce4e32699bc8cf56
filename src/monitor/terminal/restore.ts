/** Out of the alternate screen, with the cursor seen, no colours, and pasting as it was. Harmless where nothing was changed. */
export const RESTORED = '\u001b[?1049l\u001b[?25h\u001b[0m\u001b[?2004l';
