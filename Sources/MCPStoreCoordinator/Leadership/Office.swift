import MCPStoreQueue

/// The duties of a leader for one term.
final class Office: Sendable {
    let context: OfficeContext
    private let duties: [any Duty]

    init(_ context: OfficeContext) {
        self.context = context
        let placement = PlacementDuty(context)
        let watch = WatchDuty(context) { placement.workersChanged() }
        duties = [
            placement, watch, DelayedDuty(context), BurialDuty(context), OverdueDuty(context), HistoryDuty(context),
        ]
    }

    /// Runs until the term is over or the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for duty in duties {
                group.addTask { await duty.run(self.context) }
            }
        }
    }

    func notice(_ events: [PoolEvent]) {
        for event in events {
            for duty in duties { duty.notice(event) }
        }
    }

    func resync() {
        for duty in duties {
            duty.resync()
            duty.alarm.ring()
        }
    }

    /// The term is over: whoever waits for his next turn sees it at once.
    func close() {
        context.term.end()
        for duty in duties { duty.alarm.ring() }
    }
}
