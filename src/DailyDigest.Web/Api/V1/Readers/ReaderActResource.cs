using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

/// <summary>Acts on readers. The rules are those of the readers' pages: nobody is subscribed without their own confirmation.</summary>
internal sealed class ReaderActResource(ActOnReader acts, SubscriberStore subscribers, AuditLog audit, TimeProvider time)
{
    public void Map(ApiRoutes routes)
    {
        Act<ApiPause>(routes, "pause", "pauseReader", body => new ReaderAct.Pause(body.Until.Text()))
            .Says("Sends no digest before a date.");
        Act<NoBody>(routes, "resume", "resumeReader", _ => new ReaderAct.Resume()).Says("Ends a pause.");
        Act<NoBody>(routes, "wake", "wakeReader", _ => new ReaderAct.Wake())
            .Says("Ends a rest.", "It began because the reader's server refused several digests in a row.");
        Act<NoBody>(routes, "unsubscribe", "unsubscribeReader", _ => new ReaderAct.Leave()).Says("Ends the subscription.");
        Act<NoBody>(routes, "restore", "restoreReader", _ => new ReaderAct.Restore())
            .Says("Restores a subscription that ended because mail bounced.");
        Act<NoBody>(routes, "resend", "resendConfirmation", _ => new ReaderAct.Resend())
            .Says("Sends the confirmation mail of a waiting sign-up again.");
        Act<ApiSuppress>(routes, "suppress", "suppressReader", body => new ReaderAct.Suppress((Suppression)body.Reason))
            .Says("Stops all mail to the reader's address.");
        routes.Patch<ApiReaderChange, ApiReaderState>("/readers/{id}", Permission.ChangeReaders, "changeReader", (request, body) =>
                ActAsync(request, new ReaderAct.Change(new Preferences(
                    body.Zone, body.Hour, body.Rhythm, body.Language, body.Sections, body.StoryLanguages))))
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible).Says("Changes hour, zone, rhythm, language and sections.");
        routes.Post<ApiErase, NoContent>("/readers/{id}/erase", Permission.ChangeReaders, "eraseReader", EraseAsync)
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible)
            .Says("Erases a reader.", "Nothing of the person is left but a keyed hash of the address, so that no list brings them back.");
    }

    private ApiRoute Act<TBody>(ApiRoutes routes, string verb, string name, Func<TBody, ReaderAct> read) where TBody : class =>
        routes.Post<TBody, ApiReaderState>(
                $"/readers/{{id}}/{verb}", Permission.ChangeReaders, name, (request, body) => ActAsync(request, read(body)))
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible);

    private async Task<ApiAnswer<ApiReaderState>> ActAsync(ApiRequest request, ReaderAct act)
    {
        if (await DoAsync(request, act) is { } fault)
        {
            return fault;
        }

        // Erased by somebody else since.
        if ((await subscribers.GetAsync(request.Route("id"), request.Cancellation))?.Subscriber is not { } person)
        {
            return ApiProblem.NotFound;
        }

        var version = ApiReader.VersionOf(person);
        return ApiAnswer.Of(
            new ApiReaderState(
                person.Id, person.Status, ApiReader.PauseOf(person, time.GetUtcNow()), ApiRest.Of(person, time.GetUtcNow()),
                ApiTag.Of(version))).At(version);
    }

    private async Task<ApiAnswer<NoContent>> EraseAsync(ApiRequest request, ApiErase body) =>
        await DoAsync(request, new ReaderAct.Erase(body.Address)) is { } fault ? fault : NoContent.Now;

    // Null if it was done.
    private async Task<ApiFault?> DoAsync(ApiRequest request, ReaderAct act)
    {
        var id = request.Route("id");
        var result = await acts.ExecuteAsync(id, act, request.VersionNumber, request.Cancellation);
        if (result.Outcome == ReaderActOutcome.Done)
        {
            await audit.WriteAsync(request.Actor, act.Verb, id, result.Before, result.After, request.Cancellation);
        }

        return result.Outcome switch
        {
            ReaderActOutcome.Done => null,
            ReaderActOutcome.NotFound => ApiProblem.NotFound,
            ReaderActOutcome.Changed => ApiProblem.Changed,
            ReaderActOutcome.NotADate or ReaderActOutcome.TooEarly => ApiProblem.Of("until", "must be a date after today"),
            ReaderActOutcome.TooLate => ApiProblem.Of("until", "must be at most a year ahead"),
            ReaderActOutcome.NotConfirmed => ApiProblem.Of("address", "is not the reader's"),
            ReaderActOutcome.NotUnderstood => new ApiFault(
                ApiProblem.Invalid, "The zone, the hour, the rhythm, a section or a language does not exist."),
            ReaderActOutcome.TooOften => ApiProblem.NotPossible.Because("Hour, zone or rhythm were changed ten times within 24 hours."),
            ReaderActOutcome.NotWaiting => ApiProblem.NotPossible.Because("No sign-up waits for a confirmation."),
            ReaderActOutcome.NotResting => ApiProblem.NotPossible.Because("The reader does not rest."),
            ReaderActOutcome.NotBounced => ApiProblem.NotPossible.Because("Only a reader whose mail bounced can be restored."),
            _ => ApiProblem.NotPossible.Because("The reader is not subscribed, or nothing is there to end."),
        };
    }
}
