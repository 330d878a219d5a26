package dev.millrace.extractor.file;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.ChannelSftp.LsEntry;
import com.jcraft.jsch.SftpATTRS;
import com.jcraft.jsch.SftpException;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.file.Glob;
import dev.millrace.pipeline.file.SftpFiles;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A folder of a server of SFTP, with those below it. Links to files are followed, and none to folders.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02">SFTP, version 3</a>
 */
final class SftpFolder implements SourceFolder {
    private final SftpFiles source;
    private final SftpSession session;
    private final TaskContext context;
    private final Path scratch;

    /** @param scratch folder for files while they are read */
    SftpFolder(SftpFiles source, RunSecrets secrets, SourceAddresses addresses, TaskContext context, Path scratch) {
        context.maskWith(secrets::mask);
        this.source = source;
        this.session = new SftpSession(source, secrets, addresses, context);
        this.context = context;
        this.scratch = scratch;
    }

    @Override
    public List<SourceFile> find(Glob pattern) throws InterruptedException {
        String folder = path("");
        boolean isFolder = session.ask(
                "folder " + folder,
                ErrorCode.SOURCE_REFUSED,
                channel -> channel.stat(quoted(folder)).isDir());
        if (!isFolder) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "folder " + folder + " is a file on the server " + session
                            + " (expected: a folder; which files of it, the pattern says)");
        }
        List<SftpFile> files = new ArrayList<>();
        look("", pattern, files);
        return files.stream()
                .sorted(Comparator.comparing(SftpFile::name))
                .<SourceFile>map(file -> file)
                .toList();
    }

    /** @param below the source's folder; empty, or with a slash at its end */
    private void look(String below, Glob pattern, List<SftpFile> files) throws InterruptedException {
        String folder = path(below);
        List<LsEntry> entries = session.ask("folder " + folder, ErrorCode.SOURCE_REFUSED, channel -> {
            List<LsEntry> listed = new ArrayList<>();
            channel.ls(quoted(folder), entry -> {
                listed.add(entry);
                return ChannelSftp.LsEntrySelector.CONTINUE;
            });
            return listed;
        });
        for (LsEntry entry : entries) {
            context.checkStopped();
            String file = entry.getFilename();
            if (file.equals(".") || file.equals("..")) {
                continue;
            }
            if (file.indexOf('/') >= 0) {
                throw new MillraceException(
                        ErrorCode.SOURCE_MALFORMED,
                        "folder " + folder + " of " + session + " has a file '" + file
                                + "' (expected: names without a slash)");
            }
            String name = below + file;
            if (entry.getAttrs().isDir() && !pattern.isOfOneFolder()) {
                look(name + "/", pattern, files);
            } else if (pattern.matches(name) && isFile(name, entry.getAttrs())) {
                files.add(new SftpFile(session, path(name), name, context, scratch));
            }
        }
    }

    /** A link is what it leads to; one that leads nowhere is no file. */
    private boolean isFile(String name, SftpATTRS attributes) throws InterruptedException {
        return attributes.isLink()
                ? session.ask(name, ErrorCode.SOURCE_INCONSISTENT, channel -> {
                    try {
                        return channel.stat(quoted(path(name))).isReg();
                    } catch (SftpException e) {
                        if (e.id == ChannelSftp.SSH_FX_NO_SUCH_FILE) {
                            return false;
                        }
                        throw e;
                    }
                })
                : attributes.isReg();
    }

    private String path(String below) {
        String folder = source.folder().endsWith("/") ? source.folder() : source.folder() + "/";
        String path = folder + below;
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** As it stands, where the library would look for wildcards. */
    static String quoted(String path) {
        return path.replaceAll("[\\\\*?]", "\\\\$0");
    }

    @Override
    public void check(Steps steps) {
        session.check(steps);
    }

    @Override
    public void close() {
        session.close();
    }

    @Override
    public String toString() {
        return "sftp://" + session + "/" + source.folder().replaceFirst("^/", "");
    }
}
