import Foundation
import MCPStoreRedis
import NIOCore

/// What was approved of the tools of a space.
extension RedisRegistry {
    /// Before a tool's name in the hash of its service.
    private static let field = "tool:"

    package func pinMode() async throws(QueueError) -> PinMode {
        let reply = try await run(RedisCommand("GET", SpaceKeys(space).pinMode))
        guard let text = reply.string else { return .off }
        // What a newer version has set may be stricter than anything known here.
        return PinMode(rawValue: text) ?? .enforce
    }

    package func setPinMode(_ mode: PinMode) async throws(QueueError) -> Bool {
        let keys = SpaceKeys(space)
        let reply = try await run(
            Scripts.pinMode,
            [keys.pinMode, keys.changes],
            [.string(mode.rawValue), .int(Self.changesKept)]
        )
        return reply.integer == 1
    }

    package func pins(_ services: [String]) async throws(QueueError) -> [String: [String: ToolPin]] {
        let keys = SpaceKeys(space)
        var result: [String: [String: ToolPin]] = [:]
        let replies = await client.pipeline(services.map { RedisCommand("HGETALL", keys.pins($0)) })
        for (service, reply) in zip(services, replies) {
            switch reply {
            case .success(let reply): result[service] = Self.pins(reply)
            case .failure(let error): throw QueueError(error)
            }
        }
        return result
    }

    package func approve(
        _ tools: [PinnedTool],
        of service: String,
        by: String,
        onlyFirst: Bool
    ) async throws(QueueError) -> Bool {
        let keys = SpaceKeys(space)
        var arguments: [RedisArgument] = [
            .string(service), .string(onlyFirst ? "first" : "always"), .string(ISO8601.now()), .string(by),
            .int(Self.changesKept),
        ]
        for tool in tools { arguments += [.string(Self.field + tool.name), .string(tool.hash), .bytes(tool.document)] }
        let reply = try await run(Scripts.pinsPut, [keys.config(service), keys.pins(service), keys.changes], arguments)
        return reply.integer == 1
    }

    /// - Returns: `nil` where nothing of the service was ever approved.
    private static func pins(_ reply: RESPReply) -> [String: ToolPin]? {
        guard let fields = reply.array, fields.count > 0 else { return nil }
        var pins: [String: ToolPin] = [:]
        var iterator = fields.makeIterator()
        while let field = iterator.next()?.string, let value = iterator.next()?.bytes {
            guard field.hasPrefix(Self.field) else { continue }
            // One that cannot be read is as one that is not there: the tool is held.
            pins[String(field.dropFirst(Self.field.count))] = Self.pin(value)
        }
        return pins
    }

    private static func pin(_ value: ByteBuffer) -> ToolPin? {
        struct Envelope: Decodable {
            var hash: String
            var approved: String
            var by: String
        }
        // The tool is the last member and is kept as the bytes that were written.
        let bytes = Array(value.readableBytesView)
        guard let cut = bytes.firstRange(of: Array(",\"tool\":".utf8)), bytes.last == UInt8(ascii: "}") else { return nil }
        do {
            let envelope = try JSONDecoder().decode(Envelope.self, from: Data(bytes[..<cut.lowerBound] + [UInt8(ascii: "}")]))
            return ToolPin(
                hash: envelope.hash,
                approved: envelope.approved,
                by: envelope.by,
                document: ByteBuffer(bytes: bytes[cut.upperBound..<(bytes.count - 1)])
            )
        } catch {
            return nil
        }
    }

    private func run(_ command: RedisCommand) async throws(QueueError) -> RESPReply {
        do { return try await client.execute(command) } catch { throw QueueError(error) }
    }

    private func run(_ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]) async throws(QueueError) -> RESPReply
    {
        do { return try await client.evaluate(script, keys: keys, arguments: arguments) } catch { throw QueueError(error) }
    }
}
