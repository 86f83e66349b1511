import * as aws from '@pulumi/aws';
import * as perch from 'perch';

const uploads = new aws.s3.Bucket('uploads');

const shop = perch.fromConfig({
  appPort: 3000,
  environment: { UPLOADS_BUCKET: uploads.id },
});

export default { ...(await shop.outputs), uploads: uploads.id };
