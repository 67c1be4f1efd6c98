import Foundation
import TestSupport

/// A library that is loaded before all others (`LD_PRELOAD`) and moves the wall clock of one process by as many seconds as a file says
/// at that moment. Linux has no wall clock per process: this is as near as one gets without another machine.
///
/// Whoever reads the time through the C library is told the moved one, which is all that our processes do: Swift, Foundation and
/// NIO have no other way. Clocks that nobody sets (CLOCK_MONOTONIC, CLOCK_BOOTTIME) stay as they are.
struct ClockShim: Sendable {
    /// The environment variable that names the file.
    static let variable = "CHAOS_CLOCK"

    /// The library.
    let path: String
    private let folder: String

    /// Why there can be none on this machine.
    static func obstacle() -> String? {
        compiler() == nil ? "it needs a C compiler (cc, clang or gcc) on the PATH" : nil
    }

    /// Compiles the library.
    ///
    /// - Throws: ``ChaosError`` with what the compiler says.
    init(in directory: String) async throws {
        guard let compiler = Self.compiler() else { throw ChaosError("there is no C compiler on the PATH") }
        folder = "\(directory)/clocks"
        path = "\(folder)/clock.so"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.source.write(toFile: "\(folder)/clock.c", atomically: false, encoding: .utf8)
        let command = [compiler, "-shared", "-fPIC", "-O1", "-o", path, "\(folder)/clock.c", "-ldl"]
        let run = try ChildProcess.start(command)
        guard try await run.exit(within: .seconds(60)) == .exited(0) else {
            throw ChaosError("\(command.joined(separator: " ")): \(run.output)")
        }
    }

    /// What a process needs in its environment.
    ///
    /// - Parameter name: Names its clock; several may share one.
    func environment(of name: String) throws -> [String: String] {
        if !FileManager.default.fileExists(atPath: "\(folder)/\(name)") { try set(name, to: 0) }
        return ["LD_PRELOAD": path, Self.variable: "\(folder)/\(name)"]
    }

    /// Moves a clock, also under processes that run.
    func set(_ name: String, to seconds: Int) throws {
        let bytes = withUnsafeBytes(of: Int64(seconds)) { Data($0) }
        let path = "\(folder)/\(name)"
        // In place: processes have the file in their memory.
        guard FileManager.default.fileExists(atPath: path) || FileManager.default.createFile(atPath: path, contents: bytes),
            let file = FileHandle(forUpdatingAtPath: path)
        else { throw ChaosError("cannot write \(path)") }
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private static func compiler() -> String? { Program.find("cc", "clang", "gcc") }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <semaphore.h>
        #include <stddef.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static volatile int64_t *moved;

        __attribute__((constructor)) static void begin(void) {
            const char *path = getenv("\(variable)");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return;
            void *bytes = mmap(NULL, sizeof *moved, PROT_READ, MAP_SHARED, file, 0);
            if (bytes != MAP_FAILED) moved = bytes;
            close(file);
        }

        static int64_t seconds(void) { return moved ? *moved : 0; }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            int status = real(clock, time);
            if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += seconds();
            return status;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            static int (*real)(struct timeval *, void *);
            if (!real) real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
            int status = real(time, zone);
            if (status == 0 && time) time->tv_sec += seconds();
            return status;
        }

        time_t time(time_t *out) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (out) *out = now.tv_sec;
            return now.tv_sec;
        }

        // The kernel counts to a time of the real clock.
        int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
            static int (*real)(sem_t *, const struct timespec *);
            if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
            struct timespec moment = *until;
            moment.tv_sec -= seconds();
            return real(semaphore, &moment);
        }

        """
}
