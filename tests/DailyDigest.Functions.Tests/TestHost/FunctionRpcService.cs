using DailyDigest.Functions.Tests.TestHost.Protocol;
using Grpc.Core;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>Serves one stream per worker and hands it to the channel that expects this worker.</summary>
internal sealed class FunctionRpcService(FunctionsHost host) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.ContentCase != StreamingMessage.ContentOneofCase.StartStream
            || host.Find(requestStream.Current.StartStream.WorkerId) is not { } channel)
        {
            throw new Grpc.Core.RpcException(
                new Status(StatusCode.InvalidArgument, "The first message must be the StartStream of an expected worker."));
        }

        await channel.ServeAsync(requestStream, responseStream, context.CancellationToken);
    }
}
