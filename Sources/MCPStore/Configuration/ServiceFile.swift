import Foundation

/// Reads a file that describes services: JSON with comments or without, or TOML.
package enum ServiceFile {
    /// Larger files are refused. Claude Code keeps what was said beside its servers.
    static let maximumSize = 64 << 20

    /// Reads a file of a bounded size; it is TOML where its name ends so.
    ///
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) that says line and column.
    package static func read(_ path: String) throws(MCPStoreError) -> JSONValue {
        let bytes = try ConfigurationFile.read(path, what: "the file", limit: maximumSize)
        return try parse(bytes, isTOML: path.lowercased().hasSuffix(".toml"), what: path)
    }

    /// - Parameter what: What the text is, for errors: a path, or `standard input`.
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) that says line and column.
    package static func parse(_ bytes: Data, isTOML: Bool, what: String) throws(MCPStoreError) -> JSONValue {
        if isTOML {
            do {
                return try TOMLReader.read(bytes)
            } catch {
                throw MCPStoreError(.badConfiguration, "\(what) is not TOML: \(error.description)")
            }
        }
        do {
            return try JSONValue(parsing: bytes, allowsComments: true)
        } catch {
            throw MCPStoreError(.badConfiguration, "\(what) is not JSON: \(error.description(in: bytes))")
        }
    }
}
