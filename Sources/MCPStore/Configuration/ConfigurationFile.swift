import Foundation
import MCPStoreWorker

/// A configuration file: JSON with the field names of MCPStore, at its top or in an object `redis`.
package struct ConfigurationFile: Sendable {
    /// Larger files are refused.
    package static let maximumSize = 4 << 20

    package var debug: Bool?
    package var redis = RedisOptionsLayer()

    /// Reads a file.
    ///
    /// References such as `${REDIS_PASSWORD}` and `${HOST:-localhost}` in its texts are resolved here, from the environment.
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - upper: What is said by sources that come before the file: what they say needs no variable of the file's.
    ///   - warn: Gets a line that names the fields that are not known.
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) that names file and field.
    package init(
        path: String,
        environment: [String: String],
        below upper: RedisOptionsLayer = RedisOptionsLayer(),
        warn: (String) -> Void
    ) throws(MCPStoreError) {
        let bytes = try Self.read(path, what: "the configuration file")
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, allowsComments: true)
        } catch {
            throw MCPStoreError(.badConfiguration, "the configuration file \(path) is not JSON: \(error.description(in: bytes))")
        }
        try self.init(value, path: path, environment: environment, below: upper, warn: warn)
    }

    private init(
        _ value: JSONValue,
        path: String,
        environment: [String: String],
        below upper: RedisOptionsLayer,
        warn: (String) -> Void
    ) throws(MCPStoreError) {
        guard var fields = value.objectValue else {
            throw MCPStoreError(.badConfiguration, "the configuration file \(path) must hold an object, not \(value.kind)")
        }
        var reader = Reader(fields: fields, path: path, prefix: "", variables: VariableResolver(variables: environment))
        debug = try reader.bool("debug")
        fields["debug"] = nil
        if let nested = fields["redis"], nested != .null {
            guard let inner = nested.objectValue else {
                throw MCPStoreError(.badConfiguration, "the field 'redis' in \(path) must be an object, not \(nested.kind)")
            }
            Self.warn(fields.keys.filter { $0 != "redis" }, path: path, warn)
            reader.fields = inner
            reader.prefix = "redis."
            redis = try Self.redis(reader, below: upper, warn)
        } else {
            fields["redis"] = nil
            reader.fields = fields
            redis = try Self.redis(reader, below: upper, warn)
        }
    }

    /// Reads a file of a bounded size.
    ///
    /// - Throws: ``MCPStoreError`` (`badConfiguration`).
    package static func read(_ path: String, what: String, limit: Int = maximumSize) throws(MCPStoreError) -> Data {
        do {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            guard bytes.count <= limit else {
                throw MCPStoreError(.badConfiguration, "\(what) \(path) is larger than \(limit >> 20) MiB")
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

    private static func redis(
        _ reader: Reader,
        below upper: RedisOptionsLayer,
        _ warn: (String) -> Void
    ) throws(MCPStoreError) -> RedisOptionsLayer {
        typealias Keys = RedisOptions.CodingKeys
        let known = Set(Keys.allCases.map(\.rawValue))
        Self.warn(reader.fields.keys.filter { !known.contains($0) }.map { reader.prefix + $0 }, path: reader.path, warn)
        var reader = reader
        let said = [
            (Keys.url, upper.url), (.password, upper.password), (.namespace, upper.namespace), (.dataspace, upper.dataspace),
            (.cluster, upper.cluster),
        ]
        // Nobody needs to set a variable for what the file does not decide.
        for (key, value) in said where value != nil { reader.fields[key.rawValue] = nil }
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
        layer.maxQueued = try reader.count(Keys.maxQueued.rawValue)
        if let fields = try reader.object(Keys.tls.rawValue) {
            var inner = reader
            inner.fields = fields
            inner.prefix += "tls."
            layer.tls = try tls(inner, warn)
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
        var variables: VariableResolver

        /// A text with its references resolved. One that is nothing but references to nothing is like an absent field.
        func string(_ name: String) throws(MCPStoreError) -> String? {
            guard let text = try read(name, "a string", \.stringValue), text.contains("${") else {
                return try read(name, "a string", \.stringValue)
            }
            var secrets: Set<String> = []
            do {
                let resolved = try variables.resolve(text, place: name, secrets: &secrets)
                return resolved.isEmpty ? nil : resolved
            } catch {
                throw MCPStoreError(
                    .badConfiguration,
                    "the field '\(prefix)\(name)' in \(path) refers to ${\(error.name)}, which is not set: set \(error.name) in the environment, or write ${\(error.name):-default}"
                )
            }
        }

        func bool(_ name: String) throws(MCPStoreError) -> Bool? { try read(name, "true or false", \.boolValue) }
        func object(_ name: String) throws(MCPStoreError) -> [String: JSONValue]? { try read(name, "an object", \.objectValue) }

        func count(_ name: String) throws(MCPStoreError) -> Int? {
            try read(name, "a whole number above 0") { $0.integerValue.flatMap { $0 > 0 ? $0 : nil } }
        }

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
