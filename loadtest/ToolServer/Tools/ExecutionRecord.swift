import Glibc

/// One execution in the file of `--record`: a line per event, on the disk before work goes on.
struct ExecutionRecord: Sendable {
    struct WriteError: Error, CustomStringConvertible {
        let path: String
        let number: Int32

        var description: String { "cannot write \(self.path): \(String(cString: strerror(self.number)))" }
    }

    let path: String
    let tool: String
    let id: String

    /// Appends `{"tool":…,"id":…,"pid":…,"event":…,"at":…}` (microseconds since 1970) with one write (O_APPEND keeps the lines of many processes whole) and
    /// syncs it.
    func append(_ event: String) throws(WriteError) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = time.tv_sec * 1_000_000 + time.tv_nsec / 1000
        let line =
            "{\"tool\":\(jsonText(self.tool)),\"id\":\(jsonText(self.id)),\"pid\":\(getpid()),\"event\":\"\(event)\",\"at\":\(now)}\n"
        let file = open(self.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw WriteError(path: self.path, number: errno) }
        defer { close(file) }
        let bytes = Array(line.utf8)
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw WriteError(path: self.path, number: errno)
        }
    }
}
