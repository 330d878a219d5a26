package dev.millrace.standalone.cloud.verify;

import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.client.RefusedException;
import dev.millrace.standalone.client.Run;
import java.util.List;

/** That a rollback brings back what BigQuery has kept of a table, once, and the last load only. */
final class Rollbacks implements Check {
    private static final List<String> COLUMNS =
            List.of("{name: id, type: INTEGER, mode: REQUIRED}", "{name: name, type: STRING}");

    @Override
    public String name() {
        return "rollbacks";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        for (String write : List.of("replace", "append", "merge, keys: [id]")) {
            report.check(name(), "write: " + write, () -> change(trial, write));
        }
    }

    private static String change(Trial trial, String write) throws InterruptedException, Mismatch {
        String name = "back_" + write.replaceFirst(",.*", "");
        Run first = load(trial, name, write, "{\"id\": 1, \"name\": \"a\"}", "{\"id\": 2, \"name\": \"b\"}");
        Run second = load(trial, name, write, "{\"id\": 2, \"name\": \"c\"}", "{\"id\": 3, \"name\": \"d\"}");
        String refused = refused(trial, first);
        for (int call = 0; call < 2; call++) {
            rollBack(trial, second);
            Mismatch.unlessEqual("1 a, 2 b", rows(trial, name));
        }
        rollBack(trial, first);
        Mismatch.unlessEqual("", rows(trial, name));
        return refused;
    }

    private static Run load(Trial trial, String name, String write, String... records)
            throws InterruptedException, Mismatch {
        return trial.installed()
                .load(new Feed(
                        name,
                        "table: " + trial.names().tables() + "." + name + ", write: " + write,
                        COLUMNS,
                        List.of(records)));
    }

    private static void rollBack(Trial trial, Run run) throws InterruptedException, Mismatch {
        Run now = trial.installed().rollBack(run.id());
        if (now.rolledBackAt() == null) {
            throw new Mismatch("the run to be rolled back", Installed.describe(now));
        }
    }

    private static String refused(Trial trial, Run run) throws InterruptedException, Mismatch {
        try {
            rollBack(trial, run);
        } catch (RefusedException e) {
            if (!String.valueOf(e.getMessage()).contains("has changed the table since")) {
                throw new Mismatch(
                        ErrorCode.ROLLBACK_REFUSED + ", since a later run has changed the table", e.toString());
            }
            return String.valueOf(e.getMessage());
        }
        throw new Mismatch("the rollback of a run before the last to be refused", "it was rolled back");
    }

    private static String rows(Trial trial, String name) throws InterruptedException {
        return trial.installed().text("SELECT id, name FROM " + trial.names().tables() + "." + name + " ORDER BY id");
    }
}
