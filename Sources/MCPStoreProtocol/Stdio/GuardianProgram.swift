import Foundation

/// Finds the program that stands between this process and its children.
package enum GuardianProgram {
    static let name = "mcpstore-guardian"

    /// The path of the guardian.
    ///
    /// Looked for in this order: `MCPSTORE_GUARDIAN`; beside the running executable; beside the test bundle that was loaded into
    /// a foreign runner; `PATH`.
    ///
    /// - Throws: ``MCPError/Code/startFailed``, which says what to do.
    package static func path(environment: [String: String] = ProcessInfo.processInfo.environment) throws(MCPError) -> String {
        if let path = environment["MCPSTORE_GUARDIAN"], !path.isEmpty {
            guard self.isExecutable(path) else {
                throw MCPError(.startFailed, "MCPSTORE_GUARDIAN is set to \(path), which is no program that can be run")
            }
            return path
        }
        var directories: [String] = []
        do {
            let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            directories.append((executable as NSString).deletingLastPathComponent)
        } catch {
            // Without /proc the other places are left.
        }
        // swift test runs a foreign executable whose argument is the bundle among the build's products.
        for argument in CommandLine.arguments.prefix(16) where argument.contains(".xctest") {
            directories.append((argument as NSString).deletingLastPathComponent)
            directories.append(((argument as NSString).deletingLastPathComponent as NSString).deletingLastPathComponent)
        }
        directories += (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for directory in directories where directory.hasPrefix("/") {
            let candidate = "\(directory)/\(self.name)"
            if self.isExecutable(candidate) { return candidate }
        }
        throw MCPError(
            .startFailed,
            "\(self.name) was not found beside this program or in PATH; it comes with MCPStore (swift build --product "
                + "\(self.name)). Set MCPSTORE_GUARDIAN to its path"
        )
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        return exists && !isDirectory.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }
}
