import Foundation
import Glibc

/// Files that lie in the package, and those that a user names.
enum PackageFiles {
    /// In the package that this program was built in, or below the current directory.
    ///
    /// - Throws: ``LoadTestError`` where there is no such file or folder.
    static func place(of path: String) throws -> String {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for start in [executable, FileManager.default.currentDirectoryPath + "/."] {
            var place = URL(fileURLWithPath: start).deletingLastPathComponent()
            while place.path != "/" {
                let found = place.appendingPathComponent(path).path
                if FileManager.default.fileExists(atPath: found) { return found }
                place = place.deletingLastPathComponent()
            }
        }
        throw LoadTestError("\(path) was not found in the package or below the current directory")
    }

    /// To be asked before what takes long.
    ///
    /// - Throws: ``LoadTestError`` where the file is a folder, or cannot be written.
    static func checkWritable(_ file: String) throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
        guard !isFolder.boolValue else { throw LoadTestError("cannot write \(file): it is a folder") }
        let folder = (file as NSString).deletingLastPathComponent
        // A regular file is replaced, which takes the right to write into its folder.
        let needed = exists && !isRegular(file) ? file : folder.isEmpty ? "." : folder
        guard access(needed, W_OK) == 0 else {
            throw LoadTestError("cannot write \(file): \(needed): \(String(cString: strerror(errno)))")
        }
    }

    /// Replaces a file as a whole. What is no file, such as a pipe or `/dev/stdout`, is written to.
    ///
    /// - Throws: ``LoadTestError`` that names the file.
    static func write(_ data: Data, to file: String) throws {
        let isOther = FileManager.default.fileExists(atPath: file) && !isRegular(file)
        do { try data.write(to: URL(fileURLWithPath: file), options: isOther ? [] : .atomic) } catch {
            throw LoadTestError("cannot write \(file): \(error.localizedDescription)")
        }
    }

    private static func isRegular(_ file: String) -> Bool {
        var status = stat()
        return stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
