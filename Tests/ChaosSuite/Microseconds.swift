import Glibc

/// Microseconds since this machine has started, by a clock that all processes of a run share and that nobody sets: faults move wall
/// clocks.
enum Microseconds {
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
