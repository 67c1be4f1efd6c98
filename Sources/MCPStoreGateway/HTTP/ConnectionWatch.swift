import NIOCore

/// Watches a connection for its end, also while a request is being answered, and looks at the clock for it.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    static let tickSeconds: Int64 = 5

    private let connections: ClientConnections
    private let connection = ClientConnection()
    private var ticks: RepeatedTask?

    init(_ connections: ClientConnections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) {
        connections.insert(connection, of: context.channel)
        let interval = TimeAmount.seconds(Self.tickSeconds)
        ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [connection] _ in
            connection.tick()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(context) }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that closes its half waits for nothing any more: HTTP clients close all at once.
        if case ChannelEvent.inputClosed = event { connection.close() }
        context.fireUserInboundEventTriggered(event)
    }

    private func end(_ context: ChannelHandlerContext) {
        ticks?.cancel()
        ticks = nil
        connections.remove(context.channel)
        connection.close()
    }
}

@available(*, unavailable)
extension ConnectionWatch: Sendable {}
