using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The digest that comes next: why each story is in it, and everything that an editor can change in it.</summary>
internal sealed class TomorrowEndpoints(
    DigestDrafts drafts, EditDigest editDigest, SendTest sendTest, Publication publication, SecurityHeaders security, AuditLog audit,
    TimeProvider time)
{
    private const string Page = "/desk/tomorrow";

    // A message travels in a cookie.
    private const int MaxTitle = 120;

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Page, Permission.SeeDigests, ShowAsync);
        routes.Get(Page + "/{date}", Permission.SeeDigests, ShowAsync);
        routes.Get(Page + "/{date}/mail", Permission.SeeDigests, MailAsync);
        routes.Get(Page + "/{date}/stories/{story}", Permission.ChangeDigests, StoryAsync);
        routes.Post(Page + "/{date}/stories/{story}", Permission.ChangeDigests, RewriteAsync);
        routes.Post(Page + "/{date}/order", Permission.ChangeDigests, DecideAsync);
        routes.Post(Page + "/{date}/texts", Permission.ChangeDigests, TextsAsync);
        routes.Post(Page + "/{date}/approve", Permission.ChangeDigests, ApproveAsync);
        routes.Post(Page + "/{date}/reset", Permission.ChangeDigests, ResetAsync);
        routes.Post(Page + "/{date}/test", Permission.ChangeDigests, TestAsync);
    }

    /// <summary>GET /desk/tomorrow/{date}?stories=LANGUAGE: the digest as it would be made now, in order, with reasons.</summary>
    private async Task ShowAsync(DeskRequest request)
    {
        if (await DraftAsync(request, request.Query("stories")) is { } draft)
        {
            await ShowAsync(request, StatusCodes.Status200OK, draft, null);
        }
    }

    private async Task ShowAsync(DeskRequest request, int status, DigestDraft draft, IReadOnlyList<string>? faults)
    {
        var details = await drafts.DetailsAsync(draft, request.Cancellation);
        request.Context.Response.Headers.ContentSecurityPolicy = security.DeskPreviewPolicy;
        await request.PageAsync<TomorrowPage>(status, ("Draft", draft), ("Details", details), ("Faults", faults ?? []));
    }

    /// <summary>GET /desk/tomorrow/{date}/mail?language=LANGUAGE&amp;part=text: the mail itself, without links of a reader.</summary>
    private async Task MailAsync(DeskRequest request)
    {
        var language = Language(request.Query("language"));
        if (await DraftAsync(request, request.Query("stories")) is not { } draft)
        {
            return;
        }

        if (language is null || await drafts.RenderAsync(draft, language, request.Cancellation) is not { } mail)
        {
            await request.NotFoundAsync();
            return;
        }

        var (headers, isText) = (request.Context.Response.Headers, request.Query("part") == "text");
        headers.ContentSecurityPolicy = security.MailPolicy;
        headers.CacheControl = "no-store";
        request.Context.Response.ContentType = isText ? "text/plain; charset=utf-8" : "text/html; charset=utf-8";
        await request.Context.Response.WriteAsync(isText ? mail.Text : mail.Html, request.Cancellation);
    }

    private async Task StoryAsync(DeskRequest request)
    {
        if (await DraftAsync(request, request.Query("stories")) is not { } draft)
        {
            return;
        }

        var story = await drafts.StoryAsync(request.Route("story"), request.Cancellation);
        await (story is null ? request.NotFoundAsync()
            : request.PageAsync<RewritePage>(("Draft", draft), ("Story", story), ("Edit", draft.Edits.Of(story.Id))));
    }

    /// <summary>POST: title, teaser and picture of a story in this digest.</summary>
    private async Task RewriteAsync(DeskRequest request)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return;
        }

        if (await drafts.StoryAsync(request.Route("story"), request.Cancellation) is not { } story)
        {
            await request.NotFoundAsync();
            return;
        }

        var edit = RewriteForm.Read(request.Form, story, draft.Edits.Of(story.Id));
        await EditAsync(
            request, draft, "digest.rewrite", story.Id, edits => edits.With(story.Id, _ => edit),
            Said("Tomorrow.Rewritten", edit.Title ?? story.Title), Place(draft, story.Id), faults => request.PageAsync<RewritePage>(
                StatusCodes.Status422UnprocessableEntity, ("Draft", draft), ("Story", story), ("Edit", edit), ("Faults", faults)));
    }

    /// <summary>POST: pin, drop, boost or move one story.</summary>
    private async Task DecideAsync(DeskRequest request)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return;
        }

        if (StoryDecision.Read(request.Form, draft) is not { } decision)
        {
            await request.FaultAsync(Path(draft), "Tomorrow.Unknown");
            return;
        }

        var done = "Tomorrow.Done." + decision.Verb;
        if (decision.Verb == "pin" && !draft.Preview.Frozen && Version(request) == draft.Edits.ETag)
        {
            var (refusal, early) = await drafts.TryPinAsync(draft, decision.Story, decision.Change, request.Cancellation);
            if (refusal is not null)
            {
                await request.RedirectAsync(
                    Path(draft),
                    new DeskMessage(
                        "Tomorrow.NotTaken", true, [Title(draft, decision.Story), refusal], "/desk/stories/" + decision.Story,
                        "Tomorrow.OpenStory"));
                return;
            }

            done = early ? "Tomorrow.Done.early" : done;
        }

        var place = Place(draft, decision.Story, decision.Verb == "drop");
        await EditAsync(
            request, draft, "digest." + decision.Verb, decision.Story, decision.Change, Said(done, Title(draft, decision.Story)), place);
    }

    /// <summary>POST: subject and preheader in one language.</summary>
    private async Task TextsAsync(DeskRequest request)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return;
        }

        if (Language(request.Form.Value("language")) is not { } language)
        {
            await request.FaultAsync(Path(draft), "Tomorrow.Unknown");
            return;
        }

        var texts = new EditedTexts(RewriteForm.Text(request.Form, "subject"), RewriteForm.Text(request.Form, "preheader"));
        var done = Said("Tomorrow.Texts.Done");
        await EditAsync(request, draft, "digest.texts", language, edits => edits.With(language, texts), done, "#mail");
    }

    /// <summary>POST: approves what the page showed. If another story has come in since, the editor looks again.</summary>
    private async Task ApproveAsync(DeskRequest request)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return;
        }

        var shown = await drafts.ShownAsync(draft, request.Cancellation);
        if (request.Form.Value("shown") != DigestDrafts.Mark(shown))
        {
            await request.FaultAsync(Path(draft), "Tomorrow.News");
            return;
        }

        var approval = new Approval(request.Actor.Name, time.GetUtcNow(), draft.Preview.Cohort.Rhythm.ToString(), shown);
        var done = Said("Tomorrow.Approved");
        await EditAsync(request, draft, "digest.approve", "", edits => edits with { Approval = approval }, done);
    }

    /// <summary>POST: forgets every edit of the date.</summary>
    private async Task ResetAsync(DeskRequest request)
    {
        if (await DraftAsync(request) is { } draft)
        {
            await EditAsync(
                request, draft, "digest.reset", "", edits => DayEdits.None(edits.Date) with { ETag = edits.ETag },
                Said("Tomorrow.Reset.Done"));
        }
    }

    /// <summary>POST: sends the mail to one address.</summary>
    private async Task TestAsync(DeskRequest request)
    {
        if (await DraftAsync(request) is not { } draft)
        {
            return;
        }

        if (!EmailAddress.TryParse(request.Form.Value("to"), out var to))
        {
            await request.FaultAsync(Path(draft), "Tomorrow.Test.Address");
            return;
        }

        if (Language(request.Form.Value("language")) is not { } language
            || await drafts.RenderAsync(draft, language, request.Cancellation) is not { } mail)
        {
            await request.FaultAsync(Path(draft), "Tomorrow.Test.Nothing");
            return;
        }

        var result = await sendTest.ExecuteAsync(to, mail, request.Cancellation);
        await audit.WriteAsync(request.Actor, "digest.test", draft.Preview.Digest.Date.Text(), null, null, request.Cancellation);
        await (result.Outcome == SendOutcome.Sent
            ? request.DoneAsync(Path(draft), "Tomorrow.Test.Done") : request.FaultAsync(Path(draft), "Tomorrow.Test.Failed", result.Reply));
    }

    private async Task EditAsync(
        DeskRequest request, DigestDraft draft, string verb, string subject, Func<DayEdits, DayEdits> change, DeskMessage done,
        string place = "", Func<IReadOnlyList<string>, Task>? onFaults = null)
    {
        if (draft.Preview.Frozen)
        {
            await request.FaultAsync(Path(draft), "Tomorrow.Frozen");
            return;
        }

        var outcome = await editDigest.ExecuteAsync(draft.Preview.Digest.Date, Version(request), change, request.Cancellation);
        switch (outcome)
        {
            case EditOutcome.Stored stored:
                var of = draft.Preview.Digest.Date.Text() + (subject.Length > 0 ? "/" + subject : "");
                await audit.WriteAsync(
                    request.Actor, verb, of, EditWords.Of(stored.Before, subject), EditWords.Of(stored.After, subject),
                    request.Cancellation);
                await request.RedirectAsync(Path(draft) + place, done);
                break;
            case EditOutcome.Refused { Faults: var faults }:
                await (onFaults?.Invoke(faults) ?? ShowAsync(request, StatusCodes.Status422UnprocessableEntity, draft, faults));
                break;
            default:
                await request.ChangedAsync(Path(draft));
                break;
        }
    }

    // Null after an answer.
    private async Task<DigestDraft?> DraftAsync(DeskRequest request, string? stories = null)
    {
        var text = request.Route("date");
        DateOnly? date = LocalDates.TryParse(text, out var parsed) ? parsed : null;
        if ((text.Length == 0 || date is not null)
            && await drafts.FindAsync(date, stories ?? request.Form.Value("stories"), request.View.Page.Language, request.Cancellation)
                is { } draft)
        {
            return draft;
        }

        await request.MessageAsync(StatusCodes.Status404NotFound, "NoDigest", Page, "Nav.Tomorrow");
        return null;
    }

    private static string Path(DigestDraft draft) =>
        $"{Page}/{draft.Preview.Digest.Date.Text()}" + (draft.Stories is { } stories ? $"?stories={Uri.EscapeDataString(stories)}" : "");

    private static string? Version(DeskRequest request) =>
        request.Form.Value("version") is { Length: > 0 } and not DigestDraft.NoVersion and var version ? version : null;

    private static DeskMessage Said(string key, params string[] values) => new(key, false, values);

    private static string Title(DigestDraft draft, string story)
    {
        var digest = draft.Preview.Digest;
        var title = digest.Items.FirstOrDefault(item => item.Story.Id == story)?.Story.Title
            ?? digest.PassedOver.FirstOrDefault(one => one.StoryId == story)?.Title;
        return ContentText.Line(title ?? story, MaxTitle);
    }

    // The story itself; for one that goes, its neighbour.
    private static string Place(DigestDraft draft, string story, bool goes = false)
    {
        var ids = draft.Preview.Digest.Items.Select(item => item.Story.Id).ToList();
        var at = ids.IndexOf(story);
        var near = !goes || at < 0 ? story : at + 1 < ids.Count ? ids[at + 1] : at > 0 ? ids[at - 1] : story;
        return "#story-" + near;
    }

    private string? Language(string? wanted) =>
        wanted is null ? publication.Languages[0] : publication.Languages.FirstOrDefault(one => one == wanted);
}
