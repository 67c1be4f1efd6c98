import CGuardian
import Foundation
import Subprocess

/// The program that stands between this process and its children.
package struct GuardianProgram: Sendable {
    static let name = MCPSTORE_GUARDIAN_NAME

    package let path: String
    /// Whether it is this program itself, which becomes the guardian by its name.
    let isSelf: Bool

    /// Its arguments.
    package func arguments(_ arguments: [String]) -> Arguments {
        isSelf ? Arguments(executablePathOverride: Self.name, remainingValues: arguments) : Arguments(arguments)
    }

    /// Finds the guardian.
    ///
    /// Looked for in this order: `MCPSTORE_GUARDIAN`; beside the running executable; beside the test bundle that was loaded into
    /// a foreign runner; the running executable itself, where MCPStore is part of it; `PATH`.
    ///
    /// - Throws: ``MCPError/Code/startFailed``, which says what to do.
    package static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MCPError) -> GuardianProgram {
        if let path = environment["MCPSTORE_GUARDIAN"], !path.isEmpty {
            guard self.isExecutable(path) else {
                throw MCPError(.startFailed, "MCPSTORE_GUARDIAN is set to \(path), which is no program that can be run")
            }
            return GuardianProgram(path: path, isSelf: false)
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
        if let path = self.program(in: directories) { return GuardianProgram(path: path, isSelf: false) }
        // Right also where the file was replaced or deleted meanwhile.
        if mcpstore_guardian_is_in_program() { return GuardianProgram(path: "/proc/self/exe", isSelf: true) }
        if let path = self.program(in: (environment["PATH"] ?? "").split(separator: ":").map(String.init)) {
            return GuardianProgram(path: path, isSelf: false)
        }
        throw MCPError(
            .startFailed,
            "\(self.name) was not found beside this program or in PATH; it comes with MCPStore (swift build --product "
                + "\(self.name)). Set MCPSTORE_GUARDIAN to its path"
        )
    }

    private static func program(in directories: [String]) -> String? {
        directories.filter { $0.hasPrefix("/") }.map { "\($0)/\(self.name)" }.first(where: self.isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        return exists && !isDirectory.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }
}
