#include "resin_runtime.h"
