import Machine
import Media
import Perception
import Synchronization
import SystemPackage

/// What the jobs of a queue share: the network, the styles that it has looked at and the network that measures, each
/// set up once. What a job paints does not depend on which jobs were before.
final class Stockroom: Sendable {
    /// What makes a network another.
    private struct Key: Hashable {
        let preset, weights: String?
        let precision: String
        let threads: Int
        let resources: FilePath?

        init(_ settings: Settings, _ run: Run) {
            (preset, weights) = (settings.preset?.rawValue, settings.weights)
            (precision, threads, resources) = (settings.precision.rawValue, run.threads, run.resources)
        }
    }

    private let held = Mutex<(key: Key, network: Network, styles: Styles)?>(nil)
    private let meter = Mutex<(team: ThreadTeam, lpips: LPIPS)?>(nil)

    /// Those of the last job, where they are the same; the network keeps nothing of its frames.
    /// - Throws: as `Network`.
    func network(_ settings: Settings, _ run: Run) throws -> (network: Network, styles: Styles) {
        let key = Key(settings, run)
        return try held.withLock { held in
            if let held, held.key == key {
                held.network.stylizer.rest()
                return (held.network, held.styles)
            }
            held = nil  // its memory goes before another takes its own
            let network = try Network(settings, run)
            let styles = Styles(network)
            held = (key, network, styles)
            return (network, styles)
        }
    }

    /// - Throws: as `LPIPS`.
    func lpips(_ team: ThreadTeam, _ make: () throws -> LPIPS) throws -> LPIPS {
        try meter.withLock { meter in
            if let meter, meter.team === team { return meter.lpips }
            let lpips = try make()
            meter = (team, lpips)
            return lpips
        }
    }
}
