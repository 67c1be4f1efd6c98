import Glibc

/// Which process of which boot of which machine: enough to tell, on the same machine, that it is gone.
///
/// Leases cost time: who stopped cannot be told from who died. A process of the same boot and the same process ids can be
/// looked at instead.
package struct ProcessIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The boot of the machine, and the namespaces in which process ids and times of this process mean something.
    private let scope: String
    private let process: Int32
    /// When it was started, in ticks since boot: a process id is used again, not at the same time.
    private let start: String

    /// This process; `nil` where the system does not say enough.
    package static let current: ProcessIdentity? = {
        guard let boot = read("/proc/sys/kernel/random/boot_id"), let ids = namespace("pid"),
            let stat = Stat(process: getpid())
        else { return nil }
        let scope = "\(boot).\(ids).\(namespace("time") ?? "0")"
        guard Name.isValid(scope) else { return nil }
        return ProcessIdentity(scope: scope, process: getpid(), start: stat.start)
    }()

    private init(scope: String, process: Int32, start: String) {
        self.scope = scope
        self.process = process
        self.start = start
    }

    /// Reads ``description``.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, let process = Int32(parts[3]), process > 0 else { return nil }
        self.init(scope: parts[..<3].joined(separator: "."), process: process, start: String(parts[4]))
    }

    /// `boot.pids.times.process.start`: characters that a name may hold.
    package var description: String { "\(scope).\(process).\(start)" }

    /// Whether it was a process of this machine and this boot that does not run any more. False where that is not certain.
    package var isProvablyGone: Bool {
        guard let current = Self.current, scope == current.scope else { return false }
        if kill(process, 0) != 0 { return errno == ESRCH }
        guard let stat = Stat(process: process) else { return false }
        return stat.start != start || stat.hasEnded
    }

    /// What `/proc/PID/stat` says.
    private struct Stat {
        var start: String
        /// It ended, and only waits for its parent to notice.
        var hasEnded: Bool

        init?(process: Int32) {
            // The name, in parentheses, may hold anything.
            guard let text = ProcessIdentity.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 19 else { return nil }
            start = String(fields[19])
            // A process whose first thread has ended looks the same while others go on.
            hasEnded = fields[0] == "Z" && fields[17] == "1"
        }
    }

    private static func namespace(_ kind: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 128)
        let count = readlink("/proc/self/ns/\(kind)", &buffer, buffer.count)
        guard count > 0 else { return nil }
        let bytes = buffer[..<count].map { UInt8(bitPattern: $0) }
        return String(decoding: bytes.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self)
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        return text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
