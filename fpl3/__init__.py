"""FPL-3: the packet language. Text in, checked programs and C text out; no process, no socket."""
