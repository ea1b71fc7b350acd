#ifndef RESIN_RUNTIME_H
#define RESIN_RUNTIME_H
#endif
