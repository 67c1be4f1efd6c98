import Foundation

/// The programs of this package, where the build put them.
package enum BuiltProduct {
    /// The path of the executable product `name`, beside the test program that runs.
    package static func path(of name: String) -> String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name).path
    }
}
