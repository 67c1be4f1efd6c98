import NIOCore

/// The connections of a ``TCPProxy``. All on one event loop.
final class ProxyLines {
    private var handlers: [ObjectIdentifier: ProxyHandler] = [:]
    private(set) var behaviour = TCPProxy.Behaviour.pass

    /// Makes two channels one connection.
    func join(_ client: any Channel, _ server: any Channel) throws {
        for (channel, peer, repliesPass) in [(client, server, false), (server, client, true)] {
            let handler = ProxyHandler(peer: peer, carriesReplies: repliesPass, behaviour: behaviour)
            handlers[ObjectIdentifier(handler)] = handler
            try channel.pipeline.syncOperations.addHandler(handler)
            channel.closeFuture.assumeIsolated().whenComplete { _ in
                self.handlers[ObjectIdentifier(handler)] = nil
                peer.close(promise: nil)
            }
        }
    }

    func behave(_ new: TCPProxy.Behaviour) {
        // Connections that come later are not cut.
        if case .cut = new { behaviour = .pass } else { behaviour = new }
        for handler in handlers.values { handler.behave(new) }
    }

    func closeAll() {
        for handler in handlers.values { handler.close() }
    }
}
