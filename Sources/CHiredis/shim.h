// Only the RESP reader is used: the transport (TCP, Unix sockets, TLS) is SwiftNIO's.
#include <hiredis/read.h>
