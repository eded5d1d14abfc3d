using System.ComponentModel;
using DailyDigest.Accounts;
using DailyDigest.Settings;

namespace DailyDigest.Web;

[Description("A setting.")]
internal sealed record ApiSetting(
    [property: Description("Its name, such as Mail__Host.")] string Name,
    [property: Description("Its value; left out for a secret, and for nothing.")] string? Value,
    [property: Description("True if the value is hidden.")] bool IsSecret,
    [property: Description("The place where it was set.")] SettingOrigin Origin,
    [property: Description("False if no part of the program reads it.")] bool IsKnown);

[Description("A result of doctor.")]
internal sealed record ApiCheck(
    [property: Description("settings, storage, feeds, smtp and so on.")] string Area,
    [property: Description("The check within its area.")] string Check,
    [property: Description("The result.")] ExaminedResult Result,
    [property: Description("The reason.")] string Text);

[Description("The results of doctor.")]
internal sealed record ApiExamination(
    [property: Description("False if some checks were not done within 20 seconds.")] bool IsComplete,
    [property: Description("The results in the order in which they were found.")] IReadOnlyList<ApiCheck> Checks);

/// <summary>The settings, with secrets hidden, and the report of doctor.</summary>
internal sealed class SettingResource(ListSettings list, Examination examination)
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/settings", Permission.SeeSettings, "listSettings", ListAsync)
            .Says("Lists the settings with the place where each was set.", "Settings are configuration, so they cannot be changed here.");
        routes.Post("/doctor", Permission.SeeSettings, "examine", ExamineAsync).OnlyReads().Fails(ApiProblem.NotPossible)
            .Says("Examines settings, storage, feeds and relay.", "It reads every feed once and tries the relay up to the login. "
                + "It sends no mail.");
    }

    private async Task<ApiAnswer<ApiExamination>> ExamineAsync(ApiRequest request)
    {
        if (!examination.IsPossible)
        {
            return ApiProblem.NotPossible.Because("This program has no doctor. Run the command doctor of the server.");
        }

        var (parts, isComplete) = await examination.ExecuteAsync(request.Cancellation);
        return new ApiExamination(isComplete, [.. parts.Select(one => new ApiCheck(one.Area, one.Check, one.Result, one.Text))]);
    }

    private Task<ApiAnswer<ApiPage<ApiSetting>>> ListAsync(ApiRequest request) =>
        Task.FromResult<ApiAnswer<ApiPage<ApiSetting>>>(request.Page(
            list.Execute().Select(one => new ApiSetting(one.Name, one.Value, one.IsSecret, one.Origin, one.IsKnown)), null));
}
