import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Has the disk keep what was written, away from the event loops: that may take long.
enum FileSync {
    /// - Throws: ``CommandFailure``.
    static func sync(_ descriptor: Int32, _ path: String) async throws {
        let number = try await NIOThreadPool.singleton.runIfActive { fdatasync(descriptor) == 0 ? 0 : errno }
        // What cannot be synced, such as a pipe, is no file.
        guard number == 0 || number == EINVAL else { throw FileFailure.cannot("be written", path, number) }
    }

    /// Has it keep the names of the files in a file's directory.
    ///
    /// - Throws: ``CommandFailure``.
    static func directory(of path: String) async throws {
        let directory = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure.cannot("be opened", directory) }
        defer { close(descriptor) }
        let number = try await NIOThreadPool.singleton.runIfActive { fsync(descriptor) == 0 ? 0 : errno }
        guard number == 0 || number == EINVAL else { throw FileFailure.cannot("be written", directory, number) }
    }
}

/// What goes wrong with files, in one line.
enum FileFailure {
    /// - Parameter what: `be read`, `be written`, …
    static func cannot(_ what: String, _ path: String, _ number: Int32 = errno) -> CommandFailure {
        let isUsage = [ENOENT, EACCES, EISDIR, ENOTDIR, EPERM, EROFS].contains(number)
        return CommandFailure(
            status: isUsage ? .usage : .noAnswer,
            message: "\(path) cannot \(what): \(String(cString: strerror(number)))"
        )
    }
}
