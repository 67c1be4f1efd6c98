import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix

extension Worker {
    /// A worker whose jobs lie in Redis.
    package init(
        configuration: RedisConfiguration,
        settings: WorkerSettings,
        eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
        logger: Logger
    ) {
        let queue = RedisWorkQueue(configuration: configuration, options: settings.options, eventLoop: eventLoop, logger: logger)
        self.init(queue: queue, settings: settings, eventLoop: eventLoop, logger: logger)
    }
}
