// mcpstore-guardian: the guardian as a program of its own, smaller and sooner there than one that is also something else.

#include "guardian.h"

int main(int count, char **arguments) { return mcpstore_guardian_main(count, arguments); }
