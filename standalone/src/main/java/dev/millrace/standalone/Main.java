package dev.millrace.standalone;

import dev.millrace.pipeline.RunWindow;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. */
@Command(
        name = "millrace",
        description = "Moves data from REST APIs and files into a warehouse, each row exactly once.",
        mixinStandardHelpOptions = true,
        version = "Millrace 0.1.0",
        footer = {
            "",
            "Everything is kept in $MILLRACE_HOME, by default .millrace in the working directory.",
            "Pipelines are files NAME.yaml or NAME/pipeline.yaml in ./pipelines or $MILLRACE_HOME/pipelines.",
            "",
            "Exit codes: 0 success, 1 the run failed, 2 the call was wrong, 3 the gateway can't be reached."
        })
public final class Main implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        CommandLine commandLine = commandLine(CommandEnvironment.ofProcess());
        // UTF-8 whatever the locale says: a JSON document is UTF-8
        commandLine.setOut(new PrintWriter(System.out, false, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        Signals signals = Signals.interruptThisThread(commandLine.getErr());
        int exitCode;
        try {
            exitCode = commandLine.execute(args);
        } finally {
            commandLine.getOut().flush();
            signals.closed();
        }
        System.exit(exitCode);
    }

    static CommandLine commandLine(CommandEnvironment environment) {
        CommandLine commandLine = new CommandLine(new Main());
        List.of(
                        new DemoCommand(environment),
                        new StartCommand(environment),
                        new CheckCommand(environment),
                        new DiscoverCommand(environment),
                        new PreviewCommand(environment),
                        new RunCommand(environment),
                        new ValidateCommand(),
                        new GraphCommand(environment),
                        new AuthorizeCommand(environment),
                        new RunsCommand(environment),
                        new LogCommand(environment),
                        new RejectsCommand(environment),
                        new QueryCommand(environment),
                        new InsightsCommand(environment),
                        new CancelCommand(environment),
                        new RetryCommand(environment),
                        new ReplayCommand(environment),
                        new RollbackCommand(environment),
                        new UploadCommand(environment),
                        new BackupCommand(environment),
                        new BackupsCommand(environment),
                        new RestoreCommand(environment),
                        cursor(environment),
                        new SchedulesCommand(environment),
                        new SuspendCommand(environment),
                        new ResumeCommand(environment),
                        UsersCommand.withCommands(environment),
                        TokensCommand.withCommands(environment),
                        new AuditCommand(environment),
                        new SampleApisCommand(environment),
                        verifyCloud(environment),
                        new ServiceCommand(environment))
                .forEach(commandLine::addSubcommand);
        addHelp(commandLine);
        commandLine.addSubcommand(new HelpCommand());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.registerConverter(RunWindow.class, Main::day);
        commandLine.setParameterExceptionHandler(Failures::misunderstood);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> Failures.failed(failure, command));
        return commandLine;
    }

    private static CommandLine cursor(CommandEnvironment environment) {
        return new CommandLine(new CursorCommand())
                .addSubcommand(new CursorShowCommand(environment))
                .addSubcommand(new CursorSetCommand(environment));
    }

    /** To all commands below this one. */
    private static void addHelp(CommandLine parent) {
        parent.getSubcommands().values().forEach(command -> {
            command.getCommandSpec().addOption(help());
            addHelp(command);
        });
    }

    private static RunWindow day(String text) {
        try {
            return RunWindow.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(e.getMessage());
        }
    }

    private static Callable<Integer> verifyCloud(CommandEnvironment environment) {
        return CloudTools.find().map(tools -> tools.verifyCloud(environment)).orElseGet(VerifyCloudElsewhere::new);
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help message and exit.")
                .build();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command.");
    }
}
