using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Readers: the list, the search for one, and one with their history. An address is never a part of a URL.</summary>
internal sealed class ReaderResource(
    PageSubscribers list, FindSubscriber find, ShowReader show, CollectPersonalData collect, ExportSubscribers export, AdmitSignUp admit,
    AuditLog audit, Publication publication, TimeProvider time)
{
    private const int MaxChanges = 50;

    public void Map(ApiRoutes routes)
    {
        routes.Get("/readers", Permission.SeeReaders, "listReaders", ListAsync).InPages()
            .Takes<SubscriberStatus>("status", "Only readers of this status.")
            .Says("Lists readers.", "In the order of their ids, which are random. A page of a rare status may be short or empty and still "
                + "have a next one: a page looks at 2,000 readers at most.");
        routes.Post<ApiFindReader, ApiFoundReader>("/readers/find", Permission.SeeReaders, "findReader", FindAsync).OnlyReads()
            .Says("Finds the reader who has an address.");
        routes.Get("/readers/{id}", Permission.SeeReaders, "getReader", GetAsync).Fails(ApiProblem.NotFound)
            .Says("Shows one reader.");
        routes.Get("/readers/{id}/history", Permission.SeeReaders, "getReaderHistory", HistoryAsync).Fails(ApiProblem.NotFound)
            .Says("Shows the digests of a reader, their consents, and who changed them.");
        routes.Post("/readers/{id}/data", Permission.ChangeReaders, "exportReader", DataAsync).OnlyReads().Fails(ApiProblem.NotFound)
            .Says("Returns everything that is stored about a reader, for that reader.", "It is recorded that the data was given out.");
        routes.Post<NoContent>("/readers/export", Permission.ChangeReaders, "exportReaders", ExportAsync).Streams("text/csv")
            .Takes<SubscriberStatus>("status", "Only readers of this status.").Answers(StatusCodes.Status200OK)
            .Says("Returns all readers as CSV.", "It reads every reader, and is recorded.");
        routes.Post<ApiSignUp, ApiSignUpTaken>("/sign-ups", Permission.SignUpReaders, "signUp", SignUpAsync)
            .Answers(StatusCodes.Status202Accepted).Fails(ApiProblem.TooMany)
            .Says("Signs a reader up on their behalf.", "They get a mail and are subscribed once they confirm it.");
    }

    private async Task<ApiAnswer<ApiPage<ApiReader>>> ListAsync(ApiRequest request)
    {
        var status = request.Word<SubscriberStatus>("status");
        var page = await list.ExecuteAsync(status, request.After, request.Take, request.Cancellation);
        return request.Page(page.Readers.Select(one => ApiReader.Of(one, time.GetUtcNow())), page.Next);
    }

    private async Task<ApiAnswer<ApiFoundReader>> FindAsync(ApiRequest request, ApiFindReader body)
    {
        if (!EmailAddress.TryParse(body.Address, out var address))
        {
            return ApiProblem.Of("address", "is no e-mail address");
        }

        var (person, reason) = await find.ExecuteAsync(address, request.Cancellation);
        return new ApiFoundReader(
            person is null or { Status: SubscriberStatus.Erased } ? null : ApiReader.Of(person, time.GetUtcNow()), reason);
    }

    private async Task<ApiAnswer<ApiReader>> GetAsync(ApiRequest request) =>
        await show.ExecuteAsync(request.Route("id"), request.Cancellation) is { Person: var person }
            ? ApiAnswer.Of(ApiReader.Of(person, time.GetUtcNow())).At(ApiReader.VersionOf(person)) : ApiProblem.NotFound;

    private async Task<ApiAnswer<ApiReaderHistory>> HistoryAsync(ApiRequest request)
    {
        if (await show.ExecuteAsync(request.Route("id"), request.Cancellation) is not { } file)
        {
            return ApiProblem.NotFound;
        }

        var changes = await audit.ListOfAsync(file.Person.Id, MaxChanges, request.Cancellation);
        return new ApiReaderHistory(
            [.. file.Days.Where(day => day.Delivery is not null).Select(day => new ApiReaderDelivery(
                day.Date, day.Delivery!.State.ToString().ToLowerInvariant(), day.Delivery.At, day.Delivery.Reason, day.Delivery.Reply,
                day.Delivery.ReportedAs))],
            file.Data.Consents, file.Data.Notices, [.. changes.Select(ApiChange.Of)]);
    }

    private async Task<ApiAnswer<PersonalData>> DataAsync(ApiRequest request)
    {
        var id = request.Route("id");
        if (!SubscriberStore.IsId(id) || await collect.ExecuteAsync(id, request.Cancellation) is not { } data)
        {
            return ApiProblem.NotFound;
        }

        await audit.WriteAsync(request.Actor, "reader.data", id, null, null, request.Cancellation);
        return data;
    }

    private async Task<ApiAnswer<NoContent>> ExportAsync(ApiRequest request)
    {
        var status = request.Word<SubscriberStatus>("status");
        await audit.WriteAsync(request.Actor, "reader.export", "all", null, null, request.Cancellation);
        await export.ExecuteAsync(request.BeginFile("text/csv; charset=utf-8", "readers.csv"), status, request.Cancellation);
        return NoContent.Now;
    }

    private async Task<ApiAnswer<ApiSignUpTaken>> SignUpAsync(ApiRequest request, ApiSignUp body)
    {
        if (Faults(body).ToList() is { Count: > 0 } faults)
        {
            return new ApiFault(ApiProblem.Invalid, null, faults);
        }

        var admission = await admit.ExecuteAsync(
            new SignUpRequest(body.Address, "json", body.Language, body.Zone, body.Hour, body.Rhythm) { Sections = body.Sections },
            SignUpProof.Key, request.Cancellation);
        return admission.Outcome switch
        {
            AdmitOutcome.Accepted => new ApiSignUpTaken("accepted"),
            AdmitOutcome.TooMany => new ApiFault(ApiProblem.TooMany) { RetryAfter = admission.RetryAfter },
            AdmitOutcome.OwnAddress => ApiProblem.Of("address", "is the publication's own"),
            _ => ApiProblem.Of("address", "is no e-mail address"),
        };
    }

    // For a page's form a wrong choice means the usual one. A program gets an error instead.
    private IEnumerable<string> Faults(ApiSignUp body)
    {
        if (body.Zone is not null && !Zones.Exists(body.Zone))
        {
            yield return "zone: is no IANA zone";
        }

        if (body.Hour is < 0 or > 23)
        {
            yield return "hour: must be 0 to 23";
        }

        if (body.Rhythm is not null && !Rhythm.TryParse(body.Rhythm, out _))
        {
            yield return "rhythm: must be daily, weekdays, weekly-monday and so on";
        }

        if (body.Sections?.Any(section => !publication.Sections.Contains(section, StringComparer.OrdinalIgnoreCase)) == true)
        {
            yield return "sections: not all are sections of the publication";
        }
    }
}
