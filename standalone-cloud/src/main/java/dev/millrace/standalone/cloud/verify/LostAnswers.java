package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.cloud.verify.Points.Point;

/** The answer is lost of each call that changes something, and of the first of each kind that looks. */
final class LostAnswers extends Crashes {
    LostAnswers(int every) {
        super(every);
    }

    @Override
    public String name() {
        return "lost-answers";
    }

    @Override
    boolean concerns(Point point) {
        return true;
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        for (Point point : points(trial, report)) {
            crash(
                    trial,
                    report,
                    "of " + point,
                    trial.relay(point.service()),
                    point,
                    point.skip(),
                    new Relay.Event.LostAnswer());
        }
    }
}
