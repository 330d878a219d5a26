package dev.millrace.standalone;

import dev.millrace.standalone.process.Cloud;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Settings;
import java.io.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The environment of a call of the command line: home, working directory, root.
 *
 * @param home of the installation
 * @param folder working directory
 * @param root folder of Millrace itself, with the example pipelines
 * @param terminal whether a person watches
 */
public record CommandEnvironment(Home home, Path folder, Path root, boolean terminal) {
    static CommandEnvironment ofProcess() {
        Path folder = Path.of("").toAbsolutePath();
        return new CommandEnvironment(
                Home.of(System.getenv("MILLRACE_HOME")),
                folder,
                Path.of(Optional.ofNullable(System.getProperty("millrace.root")).orElse(folder.toString())),
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false));
    }

    /** Characters of a line of a table; of one that goes into a file or another program there are as many as it needs. */
    int width() {
        return terminal ? 80 : Integer.MAX_VALUE;
    }

    /** From here on, logs go to a file of the home: this call's output is for its caller. */
    public void logToFile() {
        logToFile("millrace");
    }

    /** The same, to the file of a service. */
    void logToFile(String name) {
        home.create();
        System.setProperty("millrace.log", home.log(name).toString());
        System.setProperty("logback.configurationFile", "logback-file.xml");
    }

    /** @param port of the gateway; 0: a free one */
    Settings settings(int port, boolean cron) {
        return new Settings(home, List.of(folder.resolve("pipelines"), home.pipelines()), port, cron, null);
    }

    /** The same with Google Cloud's services instead of files of the home. */
    Settings settings(int port, Cloud cloud) {
        return new Settings(home, List.of(folder.resolve("pipelines"), home.pipelines()), port, true, cloud);
    }

    Settings demoSettings(Home demo) {
        return new Settings(demo, List.of(root.resolve("pipelines")), 0, false, null);
    }
}
