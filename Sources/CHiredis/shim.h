// The client uses the RESP reader only: its transport (TCP, Unix sockets, TLS) is SwiftNIO's. The load tester measures the
// limit with hiredis' own blocking API.
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
