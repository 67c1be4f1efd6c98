import Foundation

/// A configuration file: JSON with the field names of MCPStore, at its top or in an object `redis`.
package struct ConfigurationFile: Sendable {
    /// Larger files are refused.
    static let maximumSize = 4 << 20

    package var debug: Bool?
    package var redis = RedisOptionsLayer()

    /// Reads a file.
    ///
    /// - Parameter warn: Gets a line that names the fields that are not known.
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) that names file and field.
    package init(path: String, warn: (String) -> Void) throws(MCPStoreError) {
        let bytes = try Self.read(path, what: "the configuration file")
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw MCPStoreError(.badConfiguration, "the configuration file \(path) is not JSON: \(error.description(in: bytes))")
        }
        try self.init(value, path: path, warn: warn)
    }

    init(_ value: JSONValue, path: String, warn: (String) -> Void) throws(MCPStoreError) {
        guard var fields = value.objectValue else {
            throw MCPStoreError(.badConfiguration, "the configuration file \(path) must hold an object, not \(value.kind)")
        }
        debug = try Reader(fields: fields, path: path, prefix: "").bool("debug")
        fields["debug"] = nil
        if let nested = fields["redis"], nested != .null {
            guard let inner = nested.objectValue else {
                throw MCPStoreError(.badConfiguration, "the field 'redis' in \(path) must be an object, not \(nested.kind)")
            }
            Self.warn(fields.keys.filter { $0 != "redis" }, path: path, warn)
            redis = try Self.redis(Reader(fields: inner, path: path, prefix: "redis."), warn)
        } else {
            fields["redis"] = nil
            redis = try Self.redis(Reader(fields: fields, path: path, prefix: ""), warn)
        }
    }

    /// Reads a file of a bounded size.
    ///
    /// - Throws: ``MCPStoreError`` (`badConfiguration`).
    package static func read(_ path: String, what: String) throws(MCPStoreError) -> Data {
        do {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            guard bytes.count <= maximumSize else {
                throw MCPStoreError(.badConfiguration, "\(what) \(path) is larger than \(maximumSize >> 20) MiB")
            }
            return bytes
        } catch let error as MCPStoreError {
            throw error
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw MCPStoreError(
                .badConfiguration,
                "\(what) \(path) \(exists ? "cannot be read: check its permissions" : "does not exist")"
            )
        }
    }

    private static func redis(_ reader: Reader, _ warn: (String) -> Void) throws(MCPStoreError) -> RedisOptionsLayer {
        typealias Keys = RedisOptions.CodingKeys
        let known = Set(Keys.allCases.map(\.rawValue))
        Self.warn(reader.fields.keys.filter { !known.contains($0) }.map { reader.prefix + $0 }, path: reader.path, warn)
        var layer = RedisOptionsLayer()
        layer.url = try reader.string(Keys.url.rawValue)
        layer.password = try reader.string(Keys.password.rawValue)
        layer.namespace = try reader.string(Keys.namespace.rawValue)
        layer.dataspace = try reader.string(Keys.dataspace.rawValue)
        layer.socketTimeout = try reader.seconds(Keys.socketTimeout.rawValue)
        layer.healthcheckInterval = try reader.seconds(Keys.healthcheckInterval.rawValue)
        layer.cluster = try reader.string(Keys.cluster.rawValue)
        layer.embedded = try reader.bool(Keys.embedded.rawValue)
        layer.fallback = try reader.bool(Keys.fallback.rawValue)
        if let fields = try reader.object(Keys.tls.rawValue) {
            layer.tls = try tls(Reader(fields: fields, path: reader.path, prefix: reader.prefix + "tls."), warn)
        }
        return layer
    }

    private static func tls(_ reader: Reader, _ warn: (String) -> Void) throws(MCPStoreError) -> RedisOptions.TLS {
        typealias Keys = RedisOptions.TLS.CodingKeys
        let known = Set(Keys.allCases.map(\.rawValue))
        Self.warn(reader.fields.keys.filter { !known.contains($0) }.map { reader.prefix + $0 }, path: reader.path, warn)
        return RedisOptions.TLS(
            caFile: try reader.string(Keys.caFile.rawValue),
            certificateFile: try reader.string(Keys.certificateFile.rawValue),
            keyFile: try reader.string(Keys.keyFile.rawValue),
            serverName: try reader.string(Keys.serverName.rawValue),
            verify: try reader.bool(Keys.verify.rawValue)
        )
    }

    private static func warn(_ names: [String], path: String, _ warn: (String) -> Void) {
        guard !names.isEmpty else { return }
        let list = names.sorted().map { "'\($0)'" }.joined(separator: ", ")
        warn("unknown field\(names.count == 1 ? "" : "s") \(list) in \(path) \(names.count == 1 ? "is" : "are") ignored")
    }

    /// Reads fields by type. `null` is like an absent field.
    private struct Reader {
        var fields: [String: JSONValue]
        var path: String
        var prefix: String

        func string(_ name: String) throws(MCPStoreError) -> String? { try read(name, "a string", \.stringValue) }
        func bool(_ name: String) throws(MCPStoreError) -> Bool? { try read(name, "true or false", \.boolValue) }
        func object(_ name: String) throws(MCPStoreError) -> [String: JSONValue]? { try read(name, "an object", \.objectValue) }

        func seconds(_ name: String) throws(MCPStoreError) -> Duration? {
            try read(name, "a number of seconds above 0") { $0.numberValue.flatMap { RedisOptionsLayer.duration(seconds: $0) } }
        }

        private func read<Value>(
            _ name: String,
            _ expected: String,
            _ value: (JSONValue) -> Value?
        ) throws(MCPStoreError) -> Value? {
            guard let field = fields[name], field != .null else { return nil }
            if let value = value(field) { return value }
            // What a field holds may be a secret; a number is none.
            let found = field.numberValue.map { "\($0)" } ?? field.kind
            throw MCPStoreError(.badConfiguration, "the field '\(prefix)\(name)' in \(path) must be \(expected), not \(found)")
        }
    }
}
