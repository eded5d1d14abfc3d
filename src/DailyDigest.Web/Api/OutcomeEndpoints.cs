using System.Text.Json;
using DailyDigest.Returns;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>What relays report later, behind a key: POST /api/outcomes.</summary>
internal sealed class OutcomeEndpoints(AcceptOutcome accept, ApiKeyGate gate)
{
    private const int MostItems = 500;
    private const int MaxBytes = 1 << 20;
    private const int AtOnce = 8;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Web) { AllowDuplicateProperties = false };

    /// <summary>
    /// POST /api/outcomes: an array of at most 500 reports; 200 with an answer for each, in order. A report that is sent again is answered again, and
    /// has no second effect, so that a batch that broke off can be repeated whole.
    /// </summary>
    public async Task PostAsync(HttpContext context)
    {
        if (!await gate.OpensAsync(context))
        {
            return;
        }

        if (await ReadAsync(context) is not { } items)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, $"The body must be a JSON array of at most {MostItems} reports.");
            return;
        }

        var answers = new object[items.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, items.Count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = context.RequestAborted },
            async (index, cancellationToken) => answers[index] = await AnswerAsync(items[index], cancellationToken));
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { results = answers });
    }

    private async Task<object> AnswerAsync(OutcomeInput? item, CancellationToken cancellationToken)
    {
        if (item is null)
        {
            return new { result = "bad", errors = new[] { "a JSON object of the documented shape" } };
        }

        var (result, faults) = await accept.ExecuteAsync(item, cancellationToken);
        return result switch
        {
            AcceptOutcomeResult.Recorded => new { result = "recorded" },
            AcceptOutcomeResult.AlreadyRecorded => new { result = "already-recorded" },
            AcceptOutcomeResult.UnknownDelivery => new { result = "unknown-delivery" },
            AcceptOutcomeResult.NotSettled => new { result = "not-settled" },
            _ => new { result = "bad", errors = faults },
        };
    }

    /// <summary>Null unless it is an array of so many; an item that is no report is null in it, and does not spoil the others.</summary>
    private static async Task<IReadOnlyList<OutcomeInput?>?> ReadAsync(HttpContext context)
    {
        var body = await RequestBody.BytesAsync(context.Request, MaxBytes);
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Array && json.RootElement.GetArrayLength() <= MostItems
                ? [.. json.RootElement.EnumerateArray().Select(Item)]
                : null;
        }
        catch (JsonException)
        {
            // What was wrong with it may quote it.
            return null;
        }
    }

    private static OutcomeInput? Item(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.Object ? item.Deserialize<OutcomeInput>(Strict) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
