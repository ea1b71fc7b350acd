// KernelGen
