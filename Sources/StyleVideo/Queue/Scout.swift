import Glibc
import Machine
import Pipeline
import Synchronization

/// Looks a queue's next clip through while one is painted: where a film begins and ends, cores are idle. It sees what
/// the job would see itself; where anything goes wrong, the job looks itself, and says so.
final class Scout: Sendable {
    /// The most pixels of a clip's frames: the decoder of a larger clip would take much memory beside the painting, and
    /// where frames are large, painting leaves few cores idle.
    private static let mostPixels = 1 << 20

    private struct Find {
        let pass: FirstPass
        let seen: FirstPass.Seen
    }

    private let job: VideoJob
    /// The clip's, before it is looked at.
    private let mark: FilmMark?
    private let cancellation = Cancellation()
    private let thread = Mutex<Thread?>(nil)
    private let found = Mutex<Find?>(nil)

    init(_ job: VideoJob, _ run: Run) {
        // A pipe is read once.
        var status = stat()
        let isFile = stat(job.input.string, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        (self.job, mark) = (job, isFile ? FilmMark(job.input) : nil)
        guard mark != nil else { return }
        let own = try? Thread { [self] in
            let find = try? look(run.threads)
            found.withLock { $0 = find }
        }
        thread.withLock { $0 = own }
    }

    private func look(_ threads: Int) throws -> Find? {
        var run = Run(threads: threads)
        run.cancellation = cancellation
        var pass = FirstPass(job, run)
        let size = try pass.reader(by: nil).information.video
        guard size.width * size.height <= Self.mostPixels else { return nil }
        let seen = try pass.lookTwice()
        return Find(pass: pass, seen: seen)
    }

    /// What it has seen, for the job's own run, once; waits for it. Nil where that is nothing, or where the clip has
    /// changed since.
    func find(for run: Run) -> (pass: FirstPass, seen: FirstPass.Seen)? {
        join()
        let find = found.withLock { found in
            defer { found = nil }
            return found
        }
        guard let find, mark == FilmMark(job.input) else { return nil }
        var pass = find.pass
        pass.run = run
        find.seen.reader.check = run.cancellation.check
        // Who follows a queue sees each film's stages.
        let frames = find.seen.reader.frameCount
        run.progress(Progress(.scenes, done: frames, total: frames))
        return (pass, find.seen)
    }

    /// Calls it back.
    func end() {
        cancellation.cancel(Recalled())
        join()
    }

    private func join() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private struct Recalled: Error {}
}
