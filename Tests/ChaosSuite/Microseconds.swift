import Glibc

/// Microseconds since 1970 by this machine's clock, which all processes of a run share.
enum Microseconds {
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
