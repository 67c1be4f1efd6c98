import NIOCore

/// Tells a client when the order to list other tools comes or goes. Bound to its event loop.
final class ListWatch {
    private static let tick = TimeAmount.milliseconds(50)

    private let orders: Orders?
    private let loop: any EventLoop
    private var isChanged: Bool
    private var timer: RepeatedTask?

    init(orders: Orders?, loop: any EventLoop) {
        self.orders = orders
        self.loop = loop
        self.isChanged = orders?.has(.changeTools) ?? false
    }

    /// Starts, once, to give notifications to `send`.
    func start(_ send: @escaping ((inout ByteBuffer) -> Void) -> Void) {
        guard self.orders != nil, self.timer == nil else { return }
        let bound = NIOLoopBound((self, send), eventLoop: self.loop)
        self.timer = self.loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.tick) { _ in
            let (watch, send) = bound.value
            watch.look(send)
        }
    }

    private func look(_ send: ((inout ByteBuffer) -> Void) -> Void) {
        guard let orders, orders.has(.changeTools) != self.isChanged else { return }
        self.isChanged.toggle()
        send { Answer.writeNotification("notifications/tools/list_changed", to: &$0) { _ in } }
    }

    func stop() {
        self.timer?.cancel()
        self.timer = nil
    }
}
