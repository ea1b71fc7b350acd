// Nothing to call: whatever program this is linked into looks after its limit on memory from its first moment on.
