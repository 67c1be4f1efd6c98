import NIOConcurrencyHelpers
import NIOCore

/// The open connections of a gateway, by their channels.
final class ClientConnections: Sendable {
    private let connections = NIOLockedValueBox<[ObjectIdentifier: ClientConnection]>([:])

    /// How many are open.
    var count: Int { connections.withLockedValue { $0.count } }

    /// One that is gone.
    private static let gone: ClientConnection = {
        let connection = ClientConnection()
        connection.close()
        return connection
    }()

    /// The connection of a channel: one that is closed where it is gone before anybody could look.
    func connection(of channel: any Channel) -> ClientConnection {
        connections.withLockedValue { $0[ObjectIdentifier(channel)] } ?? Self.gone
    }

    func insert(_ connection: ClientConnection, of channel: any Channel) {
        connections.withLockedValue { $0[ObjectIdentifier(channel)] = connection }
    }

    func remove(_ channel: any Channel) {
        connections.withLockedValue { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}
