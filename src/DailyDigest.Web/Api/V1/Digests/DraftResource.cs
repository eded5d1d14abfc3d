using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>Digests that were made, and the digest to come with every change that an editor can make.</summary>
internal sealed class DraftResource(
    DigestDrafts drafts, DigestStore digests, ListDigestDays listDays, LatestDigest latest, EditDigest editDigest, SendTest sendTest,
    Publication publication, AuditLog audit, TimeProvider time)
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/digests", Permission.SeeDigests, "listDigests", ListAsync)
            .Says("Lists the digests of the last two weeks, newest date first.");
        routes.Get("/digests/{date}", Permission.SeeDigests, "getDigest", DigestAsync).Fails(ApiProblem.NotFound)
            .Takes<string>("cohort", "The cohort; the publication's own if it is left out.")
            .Says("Shows a digest that was made, with reasons.");
        routes.Get("/drafts/{date}", Permission.SeeDigests, "getDraft", GetAsync).Fails(ApiProblem.NotFound)
            .Says("Shows the digest to come.", "The date is a local date within a week, or next.");
        routes.Get("/drafts/{date}/mail", Permission.SeeDigests, "getDraftMail", MailAsync).Fails(ApiProblem.NotFound)
            .Takes<string>("language", "The language of the mail; the publication's first if it is left out.")
            .Says("Shows the mail of the digest to come.");
        Change<ApiStoryEdit>(routes, "/stories/{story}", "editStory", "digest.rewrite", request => request.Route("story"), EditStory)
            .Says("Pins, drops, boosts or rewrites a story in this digest.");
        Change<ApiOrder>(routes, "/order", "orderStories", "digest.order", _ => "", (_, body) => edits => edits with
        {
            Order = [.. body.Stories.Distinct().Take(DayEdits.MaxStories), .. edits.Order.Except(body.Stories, StringComparer.Ordinal)],
        }).Says("Sets the order of stories in this digest.");
        Change<ApiTexts>(routes, "/texts/{language}", "writeTexts", "digest.texts", request => request.Route("language"), EditTexts)
            .Says("Sets subject and preview text in one language.");
        routes.Post("/drafts/{date}/reset", Permission.ChangeDigests, "resetDraft", ResetAsync).Versioned(required: true)
            .Fails(ApiProblem.NotFound, ApiProblem.NotPossible).Says("Forgets every decision about the date.");
        routes.Post<ApiApprove, ApiDraft>("/drafts/{date}/approve", Permission.ChangeDigests, "approveDraft", ApproveAsync)
            .Versioned(required: true).Fails(ApiProblem.NotFound, ApiProblem.NotPossible).Says("Approves the digest as it was seen.");
        routes.Post<ApiTestMail, NoContent>("/drafts/{date}/test", Permission.ChangeDigests, "sendTestMail", TestAsync)
            .Fails(ApiProblem.NotFound, ApiProblem.NotPossible).Says("Sends the mail to one address.");
    }

    private ApiRoute Change<TBody>(
        ApiRoutes routes, string pattern, string name, string verb, Func<ApiRequest, string> subject,
        Func<ApiRequest, TBody, Func<DayEdits, DayEdits>> change) where TBody : class =>
        routes.Put<TBody, ApiDraft>("/drafts/{date}" + pattern, Permission.ChangeDigests, name, (request, body) =>
                EditAsync(request, verb, subject(request), change(request, body)))
            .Versioned(required: true).Fails(ApiProblem.NotFound, ApiProblem.NotPossible);

    private async Task<ApiAnswer<ApiPage<ApiDigestLine>>> ListAsync(ApiRequest request) => request.Page(
        (await listDays.ExecuteAsync(request.Cancellation)).SelectMany(day => day.Digests.Select(one => new ApiDigestLine(
            day.Date, one.Cohort, one.IsHome, one.Digest?.FrozenAt, one.Digest?.Skipped, one.Digest?.Items.Count,
            one.Digest is { Items: [var first, ..] } ? first.Story.Title : null))), null);

    private async Task<ApiAnswer<ApiDigest>> DigestAsync(ApiRequest request)
    {
        var cohort = request.Text("cohort") ?? latest.Home.Key;
        return LocalDates.TryParse(request.Route("date"), out var date) && Cohort.TryParse(cohort, out var known)
            && await digests.GetAsync(date, known.Key, request.Cancellation) is { } digest ? ApiDigest.Of(digest) : ApiProblem.NotFound;
    }

    private async Task<ApiAnswer<ApiDraft>> GetAsync(ApiRequest request) =>
        await DraftAsync(request) is { } draft ? await ShownAsync(draft, request.Cancellation) : ApiProblem.NotFound;

    private async Task<ApiAnswer<ApiMail>> MailAsync(ApiRequest request)
    {
        var language = Language(request.Text("language"));
        return await DraftAsync(request) is { } draft && language is not null
            && await drafts.RenderAsync(draft, language, request.Cancellation) is { } mail
            ? new ApiMail(mail.Subject, mail.Html, mail.Text) : ApiProblem.NotFound;
    }

    private Func<DayEdits, DayEdits> EditStory(ApiRequest request, ApiStoryEdit body) =>
        edits => edits.With(request.Route("story"), body.With);

    private Func<DayEdits, DayEdits> EditTexts(ApiRequest request, ApiTexts body) =>
        edits => edits.With(request.Route("language"), new EditedTexts(body.Subject, body.Preheader));

    private Task<ApiAnswer<ApiDraft>> ResetAsync(ApiRequest request) => EditAsync(
        request, "digest.reset", "", edits => DayEdits.None(edits.Date) with { ETag = edits.ETag });

    private async Task<ApiAnswer<ApiDraft>> ApproveAsync(ApiRequest request, ApiApprove body)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return ApiProblem.NotFound;
        }

        var shown = await drafts.ShownAsync(draft, request.Cancellation);
        if (body.Mark != DigestDrafts.Mark(shown))
        {
            return ApiProblem.Changed.Because("Stories came in since. Look at the draft again.");
        }

        var approval = new Approval(request.Actor.Name, time.GetUtcNow(), draft.Preview.Cohort.Rhythm.ToString(), shown);
        return await EditAsync(request, "digest.approve", "", edits => edits with { Approval = approval });
    }

    private async Task<ApiAnswer<NoContent>> TestAsync(ApiRequest request, ApiTestMail body)
    {
        if (!EmailAddress.TryParse(body.To, out var to))
        {
            return ApiProblem.Of("to", "is no e-mail address");
        }

        if (Language(body.Language) is not { } language)
        {
            return ApiProblem.Of("language", "is none of the publication's");
        }

        if (await DraftAsync(request) is not { } draft || await drafts.RenderAsync(draft, language, request.Cancellation) is not { } mail)
        {
            return ApiProblem.NotFound;
        }

        var result = await sendTest.ExecuteAsync(to, mail, request.Cancellation);
        await audit.WriteAsync(request.Actor, "digest.test", draft.Preview.Digest.Date.Text(), null, null, request.Cancellation);
        return result.Outcome == SendOutcome.Sent ? NoContent.Now : ApiProblem.NotPossible.Because(result.Reply);
    }

    private async Task<ApiAnswer<ApiDraft>> EditAsync(ApiRequest request, string verb, string subject, Func<DayEdits, DayEdits> change)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return ApiProblem.NotFound;
        }

        if (draft.Preview.Frozen)
        {
            return ApiProblem.NotPossible.Because("The digest was made, and no longer changes.");
        }

        if (verb == "digest.rewrite" && await drafts.StoryAsync(subject, request.Cancellation) is null)
        {
            return ApiProblem.NotFound;
        }

        // With another version the change is refused below.
        if (verb == "digest.rewrite" && request.Version == draft.Version && !draft.Edits.Of(subject).Pinned
            && change(draft.Edits).Of(subject).Pinned
            && (await drafts.TryPinAsync(draft, subject, change, request.Cancellation)).Refusal is { } refusal)
        {
            return ApiProblem.NotPossible.Because("The story cannot be taken in: " + refusal);
        }

        if (verb == "digest.texts" && Language(subject) is null)
        {
            return ApiProblem.NotFound;
        }

        var version = (request.Version ?? draft.Version) is not DigestDraft.NoVersion and var seen ? seen : null;
        switch (await editDigest.ExecuteAsync(draft.Preview.Digest.Date, version, change, request.Cancellation))
        {
            case EditOutcome.Stored stored:
                var of = draft.Preview.Digest.Date.Text() + (subject.Length > 0 ? "/" + subject : "");
                await audit.WriteAsync(
                    request.Actor, verb, of, EditWords.Of(stored.Before, subject), EditWords.Of(stored.After, subject),
                    request.Cancellation);
                return await DraftAsync(request) is { } after ? await ShownAsync(after, request.Cancellation) : ApiProblem.NotFound;

            case EditOutcome.Refused { Faults: var faults }:
                return new ApiFault(ApiProblem.Invalid, string.Join(" ", faults));

            default:
                return ApiProblem.Changed;
        }
    }

    private async Task<ApiAnswer<ApiDraft>> ShownAsync(DigestDraft draft, CancellationToken cancellationToken)
    {
        var digest = draft.Preview.Digest;
        var mark = DigestDrafts.Mark(await drafts.ShownAsync(draft, cancellationToken));
        return ApiAnswer.Of(new ApiDraft(
            digest.Date, draft.Due, draft.Preview.Frozen, draft.NeedsApproval, draft.Edits.Approval?.By, digest.Skipped,
            [.. digest.Items.Select(ApiDigestItem.Of)], [.. digest.PassedOver.Select(ApiPassedOver.Of)],
            draft.Edits.Stories.ToDictionary(pair => pair.Key, pair => ApiStoryEdit.Of(pair.Value)), mark, ApiTag.Of(draft.Version)))
            .At(draft.Version);
    }

    private async Task<DigestDraft?> DraftAsync(ApiRequest request)
    {
        var text = request.Route("date");
        DateOnly? date = LocalDates.TryParse(text, out var parsed) ? parsed : null;
        return text == "next" || date is not null
            ? await drafts.FindAsync(date, null, publication.Languages[0], request.Cancellation) : null;
    }

    private string? Language(string? wanted) =>
        wanted is null ? publication.Languages[0] : publication.Languages.FirstOrDefault(one => one == wanted);
}
