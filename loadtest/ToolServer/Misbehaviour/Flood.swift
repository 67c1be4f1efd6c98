import NIOCore

/// Sends log notifications that nobody asked for. Bound to its event loop.
final class Flood {
    /// More than this a second is not sent: a flood shall trouble its reader, not the machine.
    static let maximumPerSecond = 1_000_000
    private static let tick = TimeAmount.milliseconds(10)

    private let perTick: Int
    private let loop: any EventLoop
    private var sent = 0
    private var timer: RepeatedTask?

    init(perSecond: Int, loop: any EventLoop) {
        self.perTick = perSecond > 0 ? max(1, min(perSecond, Self.maximumPerSecond) / 100) : 0
        self.loop = loop
    }

    /// Starts, once, to give notifications to `send`.
    func start(_ send: @escaping ((inout ByteBuffer) -> Void) -> Void) {
        guard self.perTick > 0, self.timer == nil else { return }
        let bound = NIOLoopBound((self, send), eventLoop: self.loop)
        self.timer = self.loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.tick) { _ in
            let (flood, send) = bound.value
            flood.sendTick(send)
        }
    }

    private func sendTick(_ send: ((inout ByteBuffer) -> Void) -> Void) {
        for _ in 0..<self.perTick {
            self.sent += 1
            send { buffer in
                Answer.writeNotification("notifications/message", to: &buffer) {
                    $0.writeString(#""level":"info","logger":"flood","data":"message \#(self.sent)""#)
                }
            }
        }
    }

    func stop() {
        self.timer?.cancel()
        self.timer = nil
    }
}
