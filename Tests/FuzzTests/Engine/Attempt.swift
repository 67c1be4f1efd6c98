import Glibc

/// Runs some work in a forked child, so that a crash, a hang or endless memory ends the child only.
///
/// Only for a process in which nothing else runs: of a process with busy threads, a fork copies their locks but not them.
struct Attempt {
    /// How the work ended.
    enum Ending: Equatable {
        case passed
        /// A property does not hold.
        case finding(String)
        /// The child died of a signal; with what it last wrote to its standard error.
        case crashed(signal: Int32, message: String)
        /// The work did not go on for ``patience``.
        case hung

        /// Whether it is the same trouble, as far as can be told.
        func isLike(_ other: Ending) -> Bool {
            switch (self, other) {
            case (.finding(let a), .finding(let b)): a.prefix { $0 != ":" } == b.prefix { $0 != ":" }
            case (.crashed(let a, let x), .crashed(let b, let y)): a == b && x.prefix(200) == y.prefix(200)
            default: self == other
            }
        }
    }

    /// Memory that parent and child share: how far the work is, and what it found.
    private struct Shared {
        var step = 0
        var messageLength = 0
    }

    /// Seconds within which every step must end.
    private static let patience = 20
    /// How much more memory the child may map.
    private static let moreMemory = 2 << 30
    private static let size = 64 * 1024

    /// - Parameters:
    ///   - steps: The numbers of the steps to take.
    ///   - work: Takes one step.
    /// - Returns: How it ended, and at which step.
    static func run(_ steps: Range<Int>, _ work: (Int) throws -> Void) -> (ending: Ending, step: Int) {
        guard let memory = mmap(nil, self.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED,
            let errors = tmpfile()
        else { fatalError("no memory or no temporary file for a child") }
        defer {
            munmap(memory, self.size)
            fclose(errors)
        }
        let shared = memory.bindMemory(to: Shared.self, capacity: 1)
        shared.initialize(to: Shared(step: steps.lowerBound))
        let text = UnsafeMutableRawBufferPointer(start: memory + 4096, count: self.size - 4096)
        var pipe: [Int32] = [0, 0]
        guard Glibc.pipe(&pipe) == 0 else { fatalError("no pipe for a child") }
        let child = self.fork()
        if child == 0 {
            close(pipe[0])
            dup2(fileno(errors), 2)
            self.becomeFragile()
            var status: Int32 = 0
            for step in steps {
                shared.pointee.step = step
                do {
                    try work(step)
                } catch {
                    shared.pointee.messageLength =
                        "\(error)".utf8.prefix(text.count).withContiguousStorageIfAvailable { bytes in
                            text.copyBytes(from: bytes)
                            return bytes.count
                        } ?? 0
                    status = 1
                    break
                }
            }
            _exit(status)
        }
        close(pipe[1])
        defer { close(pipe[0]) }
        // A signal to -1 would reach every process there is.
        guard child > 0 else { fatalError("no child: \(String(cString: strerror(errno)))") }
        let isOver = self.wait(for: pipe[0], shared)
        if !isOver { kill(child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let step = shared.pointee.step
        guard isOver else { return (.hung, step) }
        if status == 0 { return (.passed, step) }
        let signal = status & 0x7F
        guard signal == 0 else { return (.crashed(signal: signal, message: self.content(of: errors)), step) }
        return (.finding(String(decoding: text.prefix(shared.pointee.messageLength), as: UTF8.self)), step)
    }

    /// Waits until the child's end of the pipe is closed, which its death does.
    ///
    /// - Returns: Whether that came before the work stood still.
    private static func wait(for descriptor: Int32, _ shared: UnsafeMutablePointer<Shared>) -> Bool {
        var (last, stood) = (-1, 0)
        while stood < self.patience {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if Glibc.poll(&poll, 1, 1000) > 0 { return true }
            let step = shared.pointee.step
            stood = step == last ? stood + 1 : 0
            last = step
        }
        return false
    }

    /// Dies at once and without a backtrace of what is wrong, and has little memory to take.
    private static func becomeFragile() {
        _ = self.writeSymbol
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
            var action = sigaction()
            action.sa_flags = Int32(bitPattern: UInt32(SA_SIGINFO) | UInt32(SA_RESETHAND))
            action.__sigaction_handler.sa_sigaction = { signal, info, _ in
                // Where it happened tells one trap from another: most say nothing.
                var address = info?.pointee._sifields._sigfault.si_addr
                Attempt.writeSymbol(&address, 1, 2)
                raise(signal)
            }
            sigaction(signal, &action, nil)
        }
        guard !self.isSanitized, let file = fopen("/proc/self/statm", "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return }
        let mapped = Int(strtol(line, nil, 10)) * Int(getpagesize())
        var limit = rlimit(rlim_cur: rlim_t(mapped + self.moreMemory), rlim_max: rlim_t(mapped + self.moreMemory))
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    }

    /// `backtrace_symbols_fd` of glibc, which the module map leaves out.
    private static let writeSymbol: @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>, Int32, Int32) -> Void = {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "backtrace_symbols_fd") else { return { _, _, _ in } }
        return unsafeBitCast(symbol, to: (@convention(c) (UnsafePointer<UnsafeMutableRawPointer?>, Int32, Int32) -> Void).self)
    }()

    /// Address and thread sanitizer map nearly everything there is.
    private static let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in
        dlsym(dlopen(nil, RTLD_NOW), name) != nil
    }

    /// Swift hides `fork` because of what it does to threads.
    private static func fork() -> pid_t {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "fork") else { fatalError("there is no fork") }
        return unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)()
    }

    private static func content(of file: UnsafeMutablePointer<FILE>) -> String {
        var bytes = [UInt8](repeating: 0, count: 2000)
        let count = pread(fileno(file), &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
            .split(separator: "\n").first.map(String.init) ?? "no message"
    }
}
