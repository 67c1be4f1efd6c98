import Glibc

/// Writes one line to stderr.
func writeToStandardError(_ line: String) {
    writeLine(line, to: STDERR_FILENO)
}

/// Writes one line to stdout, past the server: only for what is no message.
func writeToStandardOutput(_ line: String) {
    writeLine(line, to: STDOUT_FILENO)
}

/// Writes all of `line`; gives up when nobody reads.
private func writeLine(_ line: String, to descriptor: Int32) {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written > 0 else {
            if errno == EINTR { continue }
            return
        }
        rest = rest.dropFirst(written)
    }
}
