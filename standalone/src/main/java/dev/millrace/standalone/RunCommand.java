package dev.millrace.standalone;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Backfill;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.RefusedException;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "run", description = "Run a pipeline, or some of its endpoints, and wait for the end.")
final class RunCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(index = "1..*", paramLabel = "ENDPOINT", description = "Endpoints or models; all when none is named.")
    private List<String> endpoints = List.of();

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            description =
                    "For endpoints that load days; default: today, or what their key loads says. 2026-01-31T13, 2026-W05"
                            + " and 2026-01 are for those that load hours, weeks and months.")
    private @Nullable RunWindow day;

    @Option(
            names = "--from",
            paramLabel = "YYYY-MM-DD",
            description = "A backfill: load each day, hour, week or month from this one to --to that isn't loaded yet.")
    private @Nullable RunWindow from;

    @Option(names = "--to", paramLabel = "YYYY-MM-DD", description = "Last day of a backfill, today at the latest.")
    private @Nullable RunWindow to;

    @Option(names = "--parallelism", paramLabel = "N", description = "Days of a backfill at once; default: 1.")
    private @Nullable Integer parallelism;

    @Option(names = "--force", description = "Let a backfill load days, too, that are loaded.")
    private boolean force;

    @Option(
            names = "--dry-run",
            description = "Extract and transform, then say what the load would do, or why it would fail; load nothing."
                    + " Of a backfill: list the days.")
    private boolean dryRun;

    @Option(names = "--full", description = "Let endpoints with a cursor read everything, not only what is new.")
    private boolean full;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            defaultValue = "${env:MILLRACE_IDEMPOTENCY_KEY}",
            description = "A call with the key of an earlier one starts nothing, and waits for the earlier one's runs.")
    private @Nullable String idempotencyKey;

    RunCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        checkBackfill();
        if (from != null && to != null) {
            return backfill(session, new Backfill.Start(endpoints, from, to, parallelism, force, dryRun));
        }
        GatewayClient gateway = session.gateway();
        String batch = start(session);
        List<Run> runs = watch(
                session,
                () -> gateway.read(gateway.batch(batch), Answers.Batch.class).runs());
        if (json()) {
            out().println(RunWatch.patiently(() -> gateway.batch(batch), session::mayReturn));
            return RunReport.exitCode(runs);
        }
        return report(session, runs);
    }

    private void checkBackfill() {
        if ((from == null) != (to == null)) {
            throw new WrongCallException("--from and --to belong together (expected: the first and the last day)");
        }
        if (from != null && (day != null || full || idempotencyKey != null)) {
            throw new WrongCallException(
                    "--from and --to stand beside none of --day, --full and --idempotency-key (expected: one kind of run)");
        }
        if (from == null && (parallelism != null || force)) {
            throw new WrongCallException("--parallelism and --force are for a backfill (expected: --from and --to)");
        }
    }

    private int backfill(Session session, Backfill.Start wanted) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        BackfillWatch watch = new BackfillWatch(session, json(), out(), err());
        while (true) {
            try {
                String answer = gateway.backfill(pipeline, wanted);
                if (json() && wanted.dryRun()) {
                    out().println(answer);
                    return ExitCode.SUCCESS;
                }
                Backfill begun = gateway.read(answer, Backfill.class);
                String id = begun.id();
                if (id == null) {
                    BackfillWatch.plan(begun, width(), out());
                    return ExitCode.SUCCESS;
                }
                Backfill ended = watch.untilEnded(id);
                if (json()) {
                    out().println(RunWatch.patiently(() -> gateway.backfill(id), session::mayReturn));
                    return ended.state() == Backfill.State.SUCCEEDED ? ExitCode.SUCCESS : ExitCode.FAILED;
                }
                return watch.report(ended);
            } catch (RefusedException e) {
                if (!session.isOwn() || !e.problem().code().equals(ErrorCode.BACKFILL_ACTIVE.name())) {
                    throw e;
                }
                for (Backfill left : gateway.read(gateway.runningBackfills(pipeline), Backfill.Page.class)
                        .backfills()) {
                    err().println("First to its end: backfill " + left.id() + ", which an earlier call was stopped in");
                    Backfill _ = watch.untilEnded(String.valueOf(left.id()));
                }
            }
        }
    }

    /**
     * With a gateway of our own, a run that is under way is one that an earlier call was stopped in: nobody but us
     * could bring it to its end, so that comes first.
     *
     * @return the batch
     */
    private String start(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        Answers.Start wanted =
                new Answers.Start(endpoints, day == null ? null : day.toString(), dryRun, full ? true : null);
        String own = CronJobKey.ofProcess(idempotencyKey);
        String key = own == null ? UUID.randomUUID().toString() : own;
        while (true) {
            try {
                Answers.Batch started = gateway.read(accepted(session, wanted, key), Answers.Batch.class);
                if (started.warning() != null) {
                    err().println("Warning: " + started.warning());
                }
                return started.batch();
            } catch (RefusedException e) {
                String left = e.problem().run();
                if (!session.isOwn() || left == null || !e.problem().code().equals(ErrorCode.RUN_ACTIVE.name())) {
                    throw e;
                }
                err().println("First to its end: run " + left + ", which an earlier call was stopped in");
                watch(session, () -> List.of(gateway.read(gateway.run(left), Run.class)));
            }
        }
    }

    /** A gateway that goes while it is asked may have accepted the runs, and finds them by the key when it is asked again. */
    private String accepted(Session session, Answers.Start wanted, String key) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        try {
            return gateway.start(pipeline, wanted, key);
        } catch (UnreachableException e) {
            if (!e.wasConnected()) {
                throw e;
            }
            return RunWatch.patiently(() -> gateway.start(pipeline, wanted, key), session::mayReturn);
        }
    }
}
