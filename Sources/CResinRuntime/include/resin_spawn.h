// Running a program of the system; used by the compiler, not bundled into models.
#ifndef RESIN_SPAWN_H
#define RESIN_SPAWN_H

// Runs a program, found along PATH, in a folder, with its output and errors in the file `log` there, and waits.
// Gives its exit status, 128 + the number of the signal that ended it, or the negated errno where it did not start.
int resin_spawn(const char *const *arguments, const char *folder, const char *log);

#endif
